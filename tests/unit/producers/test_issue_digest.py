from typing import Any

from owlpost.domain.requests import ByTeam, EnqueueRequest
from owlpost.producers import silence
from owlpost.producers.issue_digest import DigestDue, OpenIssue, announce
from owlpost.producers.silence import Silence
from tests.support.facts import TEAM, number


def open_issue(value: int, **changes: Any) -> OpenIssue:
    ordinary: dict[str, Any] = {
        "title": f"Crash {value}",
        "app_name": "Pocket Atlas",
        "status": "new",
        "occurrence_count": value,
        "unique_user_count": 1,
    }
    return OpenIssue(**{**ordinary, **changes})


def due(*issues: OpenIssue, **changes: Any) -> DigestDue:
    ordinary: dict[str, Any] = {
        "project_id": number(11),
        "project_name": "Atlas",
        "team_id": TEAM,
        "slot": 492_000,
        "issue_count": len(issues),
        "issues": issues,
    }
    return DigestDue(**{**ordinary, **changes})


def told(digest: DigestDue) -> EnqueueRequest:
    request = announce(digest)
    assert request
    return request


def test_a_digest_tells_the_team_of_the_project_what_is_open() -> None:
    request = told(due(open_issue(1), open_issue(9, status="regressed"), open_issue(4)))
    assert request.type == "issue.digest"
    assert request.recipients == ByTeam(team_id=TEAM)
    assert request.title == "3 issues in Atlas"
    assert request.body == "🆕 Crash 4\n🆕 Crash 1\n🔄 Crash 9"
    assert request.link == "/dashboard/issues"
    data = request.data or {}
    assert data["issues"][0] == {  # type: ignore[index]
        "title": "Crash 4",
        "status": "new",
        "occurrence_count": 4,
        "unique_user_count": 1,
        "app_name": "Pocket Atlas",
    }
    assert {key: data[key] for key in data if key != "issues"} == {
        "project_id": str(number(11)),
        "project_name": "Atlas",
        "issue_count": 3,
        "dashboard_url": "/dashboard/issues",
    }
    assert request.idempotency_key == f"issue.digest:{number(11)}:492000"


def test_one_issue_is_singular() -> None:
    assert told(due(open_issue(1))).title == "1 issue in Atlas"


def test_three_lines_stand_for_five_hundred_issues_and_fifty_are_listed() -> None:
    request = told(due(*(open_issue(value) for value in range(60)), issue_count=500))
    assert request.title == "500 issues in Atlas"
    assert request.body == "🆕 Crash 59\n🆕 Crash 58\n🆕 Crash 57"
    data = request.data or {}
    assert data["issue_count"] == 500
    assert len(data["issues"]) == 50  # type: ignore[arg-type]


def test_no_issue_or_no_team_is_silent() -> None:
    assert announce(due()) == Silence("no issue qualifies")
    assert announce(due(open_issue(1), team_id=None)) == silence.OF_NO_TEAM
