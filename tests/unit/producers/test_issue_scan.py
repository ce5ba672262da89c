from owlpost.domain.requests import ByTeam
from owlpost.producers.issue_scan import announce
from tests.support.facts import TEAM, issue, number, scan


def test_a_scan_tells_its_team_what_is_new_and_what_has_regressed() -> None:
    found = scan(
        issue(1, occurrence_count=3), issue(2, status="regressed", occurrence_count=90), issue(3, occurrence_count=5)
    )
    [request] = announce(found)
    assert request.type == "issue.new"
    assert request.recipients == ByTeam(team_id=TEAM)
    assert request.title == "2 new issues, 1 regressed"
    assert request.body == "🆕 Crash 3\n🆕 Crash 1\n🔄 Crash 2"
    assert request.link == "/dashboard/issues"
    assert request.idempotency_key == f"issue.new:{number(20)}:{TEAM}"
    assert request.data == {
        "team_id": str(TEAM),
        "counts": {"new": 2, "regressed": 1},
        "new_issues": [
            {"id": str(number(103)), "title": "Crash 3", "app_name": "Pocket Atlas", "project_name": "Atlas"},
            {"id": str(number(101)), "title": "Crash 1", "app_name": "Pocket Atlas", "project_name": "Atlas"},
        ],
        "regressed_issues": [
            {"id": str(number(102)), "title": "Crash 2", "app_name": "Pocket Atlas", "project_name": "Atlas"}
        ],
    }


def test_either_part_of_the_title_is_left_out_at_none() -> None:
    assert announce(scan(issue(1)))[0].title == "1 new issue"
    assert announce(scan(issue(1, status="regressed")))[0].title == "1 regressed"


def test_an_issue_reopened_from_snooze_counts_as_new() -> None:
    assert announce(scan(issue(1, status="reopened")))[0].title == "1 new issue"


def test_three_lines_are_shown_and_the_rest_counted() -> None:
    [request] = announce(scan(*(issue(value, occurrence_count=value) for value in range(8))))
    assert request.body == "🆕 Crash 7\n🆕 Crash 6\n🆕 Crash 5\n+5 more"


def test_development_builds_and_projects_of_no_team_are_silent() -> None:
    assert announce(scan(issue(1, is_dev=True), issue(2, team_id=None))) == []
    assert announce(scan()) == []


def test_each_team_is_told_of_its_own_issues_under_a_key_of_its_own() -> None:
    mine, yours = announce(scan(issue(1), issue(2, team_id=number(9))))
    assert (mine.body, yours.body) == ("🆕 Crash 1", "🆕 Crash 2")
    assert mine.idempotency_key != yours.idempotency_key


def test_the_same_scan_announced_again_says_the_same_under_the_same_key() -> None:
    assert announce(scan(issue(1), issue(2))) == announce(scan(issue(1), issue(2)))


def test_an_issue_that_a_scan_touched_twice_is_told_once() -> None:
    [request] = announce(scan(issue(1, status="regressed"), issue(1, occurrence_count=2)))
    assert request.title == "1 new issue"


def test_thousands_of_issues_are_counted_and_fifty_of_each_kind_listed() -> None:
    found = (issue(value, status="regressed" if value % 2 else "new") for value in range(3_000))
    [request] = announce(scan(*found))
    assert request.title == "1,500 new issues, 1,500 regressed"
    assert request.body is not None
    assert request.body.endswith("+2,997 more")
    assert request.data is not None
    assert request.data["counts"] == {"new": 1_500, "regressed": 1_500}
    assert [len(request.data[key]) for key in ("new_issues", "regressed_issues")] == [50, 50]  # type: ignore[arg-type]
