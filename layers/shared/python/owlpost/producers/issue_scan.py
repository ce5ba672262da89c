"""An issue scan finished → one `issue.new` for each team with new or regressed production issues."""

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from owlpost.domain.requests import ByTeam, EnqueueRequest
from owlpost.producers import issues, wording
from owlpost.producers.facts import Fact, Name
from owlpost.producers.issues import Issue
from owlpost.words import Words


class ScannedIssue(Issue):
    """A new, reopened or regressed issue. Without a team, nobody is notified."""

    id: UUID
    project_name: Name
    team_id: UUID | None
    is_dev: bool = False


class IssueScanFinished(Fact):
    """The end of a scan, with all issues not yet announced, also those of an earlier scan that failed late."""

    scan_id: UUID
    issues: tuple[ScannedIssue, ...]


def announce(scan: IssueScanFinished) -> list[EnqueueRequest]:
    """Return one request per team, so that a failure of one team does not silence the others."""
    return [_to_team(scan, team_id, found) for team_id, found in _by_team(scan.issues).items()]


def _by_team(found: Sequence[ScannedIssue]) -> dict[UUID, list[ScannedIssue]]:
    """Return the production issues by team, each issue once even if the scan lists it twice."""
    once: dict[UUID, ScannedIssue] = {}
    for issue in issues.in_order(found):
        if not issue.is_dev:
            once.setdefault(issue.id, issue)
    teams: defaultdict[UUID, list[ScannedIssue]] = defaultdict(list)
    for issue in once.values():
        if issue.team_id is not None:
            teams[issue.team_id].append(issue)
    return teams


def _to_team(scan: IssueScanFinished, team_id: UUID, found: Sequence[ScannedIssue]) -> EnqueueRequest:
    new = [issue for issue in found if issue.status == "new"]
    regressed = [issue for issue in found if issue.status == "regressed"]
    said = wording.told(lambda words: (_title(len(new), len(regressed), words), _body(found, words)))
    return EnqueueRequest(
        type="issue.new",
        recipients=ByTeam(team_id=team_id),
        title=said.title,
        body=said.body,
        translations=said.translations,
        link="/dashboard/issues",
        data={
            "team_id": str(team_id),
            "counts": {"new": len(new), "regressed": len(regressed)},
            "new_issues": issues.listed(map(_entry, new)),
            "regressed_issues": issues.listed(map(_entry, regressed)),
        },
        idempotency_key=f"issue.new:{scan.scan_id}:{team_id}",
    )


def _title(new: int, regressed: int, words: Words) -> str:
    """Return `2 new issues, 1 regressed`; a part that counts 0 is left out."""
    counts = {"issues.title.new": new, "issues.title.regressed": regressed}
    return ", ".join(words.counted(key, count) for key, count in counts.items() if count)


def _body(found: Sequence[ScannedIssue], words: Words) -> str:
    more = len(found) - issues.SHOWN
    return "\n".join([*issues.lines(found), *([words("issues.more", n=words.number(more))] if more > 0 else [])])


def _entry(issue: ScannedIssue) -> dict[str, object]:
    return {
        "id": str(issue.id),
        "title": issue.title,
        "app_name": issue.app_name,
        "project_name": issue.project_name,
    }
