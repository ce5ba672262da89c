"""A project's digest is due (by its alert frequency) → `issue.digest` to its team."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from owlpost.domain.requests import ByTeam, EnqueueRequest
from owlpost.producers import issues, wording
from owlpost.producers.facts import Count, Fact, Name
from owlpost.producers.issues import Issue
from owlpost.producers.silence import OF_NO_TEAM, Silence

DASHBOARD = "/dashboard/issues"


class OpenIssue(Issue):
    unique_user_count: Count


class DigestDue(Fact):
    """A due digest: `issue_count` issues qualify, `issues` holds the first ones, `slot` is the number of the hour."""

    project_id: UUID
    project_name: Name
    team_id: UUID | None
    slot: Annotated[int, Field(ge=0, lt=2**53)]
    issue_count: Count
    issues: tuple[OpenIssue, ...]


def announce(digest: DigestDue) -> EnqueueRequest | Silence:
    """Return the request, or Silence if no issue qualifies or the project has no team."""
    if not digest.issues:
        return Silence("no issue qualifies")
    if digest.team_id is None:
        return OF_NO_TEAM
    ordered = issues.in_order(digest.issues)
    count = max(digest.issue_count, len(ordered))
    body = "\n".join(issues.lines(ordered))
    said = wording.told(
        lambda words: (wording.title(words.counted("digest.title", count, project="{}"), digest.project_name), body)
    )
    return EnqueueRequest(
        type="issue.digest",
        recipients=ByTeam(team_id=digest.team_id),
        title=said.title,
        body=said.body,
        translations=said.translations,
        link=DASHBOARD,
        data={
            "project_id": str(digest.project_id),
            "project_name": digest.project_name,
            "issue_count": count,
            "issues": issues.listed(issue.model_dump() for issue in ordered),
            "dashboard_url": DASHBOARD,
        },
        idempotency_key=f"issue.digest:{digest.project_id}:{digest.slot}",
    )
