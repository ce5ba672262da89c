"""The digests of a real database: which are due, what qualifies, and that none comes twice or is lost."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from functions import digest as digest_function
from owlpost.db.schedules.digest import HOURS, take_turn
from owlpost.db.session import Database
from owlpost.domain.frequencies import FREQUENCIES
from owlpost.queue import Queues
from owlpost.services.enqueue.dispatch import Dispatch
from owlpost.services.schedules.digest import Digested, Digests, DigestsFailed
from tests.support.clock import FakeClock
from tests.support.people import add_person, add_team
from tests.support.projects import Project, add_project
from tests.support.queue_reading import take
from tests.support.services import digesting, dispatching
from tests.support.wired import Context, Wired

NOON = datetime(2026, 3, 29, 12, tzinfo=UTC)
LONG_AGO = NOON - timedelta(days=30)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(NOON)


@pytest.fixture
def dispatch(database: Database, queues: Queues, clock: FakeClock) -> Dispatch:
    return dispatching(database=database, queues=queues, now=clock)


@pytest.fixture
def digests(database: Database, dispatch: Dispatch, queues: Queues, clock: FakeClock) -> Digests:
    return digesting(database, dispatch, queues, clock)


@pytest.fixture
def team_id(database: Database) -> UUID:
    return add_team(database, members=1)


def notifications(database: Database) -> list[dict[str, Any]]:
    with database.transaction() as connection:
        rows = connection.execute(text("select * from notifications order by created_at, id")).mappings()
        return [dict(row) for row in rows]


def marked(database: Database) -> int:
    with database.transaction() as connection:
        return len(connection.execute(text("select id from issues where last_notified_at is not null")).all())


def told_hours(digests: Digests, clock: FakeClock, project: Project, *, hours: int) -> list[int]:
    """After how many hours a digest came, with a new issue for each hourly run."""
    told = []
    start = clock()
    for hour in range(hours):
        clock.moment = start + timedelta(hours=hour)
        project.add_issues(seen=clock())
        if digests.run().digests:
            told.append(hour)
    return told


def test_the_team_of_a_project_that_is_due_gets_its_issues(
    digests: Digests, database: Database, queues: Queues, team_id: UUID
) -> None:
    project = add_project(database, team_id, created=LONG_AGO)
    project.add_issues(2, seen=NOON - timedelta(hours=1))
    project.add_issues(9, seen=NOON - timedelta(hours=1), status="regressed", notified=LONG_AGO)
    assert digests.run() == Digested(due=1, digests=1, notifications=1)
    [row] = notifications(database)
    assert (row["type"], row["title"], row["team_id"]) == ("issue.digest", "11 issues in Atlas", team_id)
    assert row["body"] == "🆕 Crash 2\n🆕 Crash 1\n🔄 Crash 9"
    assert row["data"]["issues"][0] == {
        "title": "Crash 2",
        "status": "new",
        "occurrence_count": 2,
        "unique_user_count": 1,
        "app_name": "Pocket Atlas",
    }
    assert len(take(queues, "email")) == 1
    assert marked(database) == 11


def test_what_was_told_is_not_told_again_until_it_is_seen_again(
    digests: Digests, database: Database, clock: FakeClock, team_id: UUID
) -> None:
    project = add_project(database, team_id, created=LONG_AGO, frequency="hourly")
    issues = project.add_issues(3, seen=NOON)
    digests.run()
    clock.advance(hours=1)
    assert digests.run() == Digested(0, 0, 0)
    project.see_again(issues[:1], at=clock() - timedelta(minutes=5))
    clock.advance(hours=1)
    assert digests.run().digests == 1
    assert [row["title"] for row in notifications(database)] == ["3 issues in Atlas", "1 issue in Atlas"]


@pytest.mark.parametrize(
    "changes", [{"is_dev": True}, {"status": "resolved"}, {"status": "ignored"}, {"notified": NOON - timedelta(days=2)}]
)
def test_development_builds_settled_issues_and_those_told_before_do_not_qualify(
    digests: Digests, database: Database, team_id: UUID, changes: dict[str, Any]
) -> None:
    add_project(database, team_id, created=LONG_AGO).add_issues(seen=NOON - timedelta(days=3), **changes)
    assert digests.run() == Digested(0, 0, 0)


@pytest.mark.parametrize(
    ("frequency", "expected"),
    [
        ("hourly", [*range(1, 30)]),
        ("6_hourly", [6, 12, 18, 24]),
        ("daily", [24]),
        (None, [24]),
        ("a frequency of tomorrow", [24]),
        ("weekly", []),
        ("none", []),
    ],
)
def test_a_digest_comes_as_often_as_the_project_says_counted_from_its_creation(
    digests: Digests, database: Database, clock: FakeClock, team_id: UUID, *, frequency: str | None, expected: list[int]
) -> None:
    project = add_project(database, team_id, created=NOON, frequency=frequency)
    assert told_hours(digests, clock, project, hours=30) == expected


def test_a_weekly_digest_comes_after_a_week(
    digests: Digests, database: Database, clock: FakeClock, team_id: UUID
) -> None:
    project = add_project(database, team_id, created=LONG_AGO, frequency="weekly")
    project.add_issues(seen=NOON)
    digests.run()
    project.add_issues(seen=NOON)
    clock.advance(days=7, hours=-1)
    assert digests.run().digests == 0
    clock.advance(hours=1)
    assert digests.run().digests == 1


def test_every_frequency_but_none_has_its_hours() -> None:
    assert {*HOURS, "none"} == FREQUENCIES


def test_a_run_that_starts_two_seconds_early_or_a_minute_late_skips_no_hour_and_doubles_none(
    digests: Digests, database: Database, clock: FakeClock, team_id: UUID
) -> None:
    project = add_project(database, team_id, created=LONG_AGO, frequency="hourly")
    for late in (1, -2, 60, -1, 0, 1_000, -2):
        clock.moment = clock().replace(minute=0, second=0) + timedelta(seconds=late)
        project.add_issues(seen=clock())
        assert digests.run().digests == 1, late
        clock.advance(seconds=5)
        project.add_issues(seen=clock())
        assert digests.run().digests == 0, late
        clock.moment = (clock() + timedelta(minutes=30)).replace(minute=0, second=0) + timedelta(hours=1)


@pytest.mark.parametrize("night", [datetime(2026, 3, 28, 23, tzinfo=UTC), datetime(2026, 10, 24, 23, tzinfo=UTC)])
def test_a_daily_digest_comes_every_24_hours_when_clocks_on_walls_change(
    digests: Digests, database: Database, clock: FakeClock, team_id: UUID, night: datetime
) -> None:
    clock.moment = night
    project = add_project(database, team_id, created=LONG_AGO, frequency="daily")
    assert told_hours(digests, clock, project, hours=50) == [0, 24, 48]


def test_a_clock_that_jumps_ahead_makes_one_digest_of_all_it_missed(
    digests: Digests, database: Database, clock: FakeClock, team_id: UUID
) -> None:
    project = add_project(database, team_id, created=LONG_AGO, frequency="hourly")
    told_hours(digests, clock, project, hours=2)
    clock.advance(hours=100)
    project.add_issues(5, seen=clock())
    assert [digests.run().digests for _ in range(3)] == [1, 0, 0]


def test_a_clock_that_goes_back_repeats_nothing_and_is_silent_no_longer_than_it_went(
    digests: Digests, database: Database, clock: FakeClock, team_id: UUID
) -> None:
    project = add_project(database, team_id, created=LONG_AGO, frequency="daily")
    issues = project.add_issues(2, seen=NOON)
    assert digests.run().digests == 1
    clock.advance(hours=-3)
    project.see_again(issues, at=clock())
    assert told_hours(digests, clock, project, hours=30) == [27]


def test_marks_of_a_clock_that_was_a_year_ahead_silence_nobody(
    digests: Digests, database: Database, clock: FakeClock, team_id: UUID
) -> None:
    project = add_project(database, team_id, created=LONG_AGO, frequency="daily")
    project.add_issues(seen=NOON, notified=NOON + timedelta(days=365))
    project.add_issues(seen=NOON)
    assert digests.run().digests == 1
    assert [row["title"] for row in notifications(database)] == ["2 issues in Atlas"]
    clock.advance(days=1)
    assert digests.run().digests == 0


def test_a_phone_whose_clock_is_ahead_does_not_bring_an_issue_back_each_time(
    digests: Digests, database: Database, clock: FakeClock, team_id: UUID
) -> None:
    project = add_project(database, team_id, created=LONG_AGO, frequency="hourly")
    project.add_issues(seen=NOON + timedelta(days=400))
    told = []
    for _ in range(5):
        told.append(digests.run().digests)
        clock.advance(hours=1)
    assert told == [1, 0, 0, 0, 0]


def test_five_hundred_issues_are_one_digest_that_lists_fifty_and_marks_all(
    digests: Digests, database: Database, team_id: UUID
) -> None:
    project = add_project(database, team_id, created=LONG_AGO)
    project.add_issues(20, seen=NOON)
    project.add_issues(480, seen=NOON, status="regressed")
    assert digests.run().notifications == 1
    [row] = notifications(database)
    assert row["title"] == "500 issues in Atlas"
    assert row["data"]["issue_count"] == 500
    assert [issue["occurrence_count"] for issue in row["data"]["issues"]] == [*range(20, 0, -1), *range(480, 450, -1)]
    assert marked(database) == 500


def test_a_team_of_three_is_told_in_one_run_each_over_their_own_channels(
    digests: Digests, database: Database, queues: Queues
) -> None:
    def prefers(**channels: bool) -> dict[str, object]:
        return {"notifications": {"types": {"issue.digest": channels}}}

    team_id = add_team(database, members=0)
    with database.transaction() as connection:
        both = add_person(connection, preferences=prefers(mobile_push=True), device="a1")
        no_mail = add_person(connection, preferences=prefers(email=False, mobile_push=True), device="a2")
        no_push = add_person(connection)
        connection.execute(
            text("insert into team_members (team_id, user_id) select :team_id, id from users"), {"team_id": team_id}
        )
    add_project(database, team_id, created=LONG_AGO, frequency="daily").add_issues(3, seen=NOON)
    assert digests.run() == Digested(due=1, digests=1, notifications=3)
    with database.transaction() as connection:
        rows = connection.execute(
            text(
                "select n.user_id, d.channel from notification_deliveries d join notifications n on n.id = notification_id"
            )
        ).all()
    assert {tuple(row) for row in rows} == {
        (both.id, "email"),
        (both.id, "mobile_push"),
        (no_mail.id, "mobile_push"),
        (no_push.id, "email"),
    }
    assert (len(take(queues, "email")), len(take(queues, "mobile_push"))) == (2, 2)


@pytest.mark.own_database
def test_one_teams_failure_is_raised_after_the_others_were_told_and_marks_nothing_of_its_own(
    digests: Digests, database: Database, clock: FakeClock
) -> None:
    projects = [
        add_project(database, add_team(database, members=1), created=LONG_AGO, name=name)
        for name in ("One", "Broken", "Three")
    ]
    for project in projects:
        project.add_issues(seen=NOON)
    with database.transaction() as connection:
        connection.execute(text("alter table notifications add constraint broken check (title <> '1 issue in Broken')"))
    with pytest.raises(DigestsFailed, match="1 of 3"):
        digests.run()
    assert {row["title"] for row in notifications(database)} == {"1 issue in One", "1 issue in Three"}
    assert marked(database) == 2
    with database.transaction() as connection:
        connection.execute(text("alter table notifications drop constraint broken"))
    assert digests.run() == Digested(due=1, digests=1, notifications=1)


def test_a_team_without_members_uses_nothing_up(digests: Digests, database: Database) -> None:
    team_id = add_team(database, members=0)
    add_project(database, team_id, created=LONG_AGO).add_issues(seen=NOON)
    assert digests.run() == Digested(due=1, digests=0, notifications=0)
    assert marked(database) == 0
    with database.transaction() as connection:
        person = add_person(connection)
        connection.execute(
            text("insert into team_members (team_id, user_id) values (:team_id, :user_id)"),
            {"team_id": team_id, "user_id": person.id},
        )
    assert digests.run().digests == 1


def test_a_project_that_another_run_is_telling_of_is_left_to_it(
    digests: Digests, database: Database, another_database: Database, team_id: UUID
) -> None:
    project = add_project(database, team_id, created=LONG_AGO)
    project.add_issues(seen=NOON)
    with another_database.transaction() as connection:
        assert take_turn(connection, project.id)
        assert digests.run() == Digested(due=1, digests=0, notifications=0)
    assert digests.run() == Digested(due=1, digests=1, notifications=1)


def test_a_run_that_read_the_same_list_as_another_finds_its_projects_told(
    digests: Digests, database: Database, clock: FakeClock, team_id: UUID
) -> None:
    project = add_project(database, team_id, created=LONG_AGO)
    issues = project.add_issues(2, seen=NOON - timedelta(minutes=1))
    digests.run()
    project.see_again(issues, at=NOON + timedelta(seconds=1))
    clock.advance(seconds=2)
    assert list(digests._enqueue(project.id)) == []
    assert len(notifications(database)) == 1


def test_the_function_answers_what_it_did(wired: Wired, database: Database, team_id: UUID) -> None:
    add_project(database, team_id, created=LONG_AGO).add_issues(seen=NOON)
    wired.as_function("digest")
    answer = digest_function.handler({}, Context())
    assert answer == {"due": 1, "digests": 1, "notifications": 1}


def test_a_large_team_continues_in_chunks(database: Database, queues: Queues, clock: FakeClock) -> None:
    dispatch = dispatching(database=database, queues=queues, now=clock, chunk_size=10)
    add_project(database, add_team(database, members=25), created=LONG_AGO).add_issues(seen=NOON)
    assert digesting(database, dispatch, queues, clock).run() == Digested(due=1, digests=1, notifications=10)
    assert len(take(queues, "requests")) == 2


def test_many_projects_are_told_each_once(digests: Digests, database: Database, team_id: UUID) -> None:
    for name in map(str, range(20)):
        add_project(database, team_id, created=LONG_AGO, name=name).add_issues(seen=NOON)
    assert digests.run() == Digested(due=20, digests=20, notifications=20)
    assert digests.run() == Digested(0, 0, 0)
    assert len({row["title"] for row in notifications(database)}) == 20
