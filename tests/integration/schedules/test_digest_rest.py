"""An idle installation's digest leaves the database asleep, and no digest comes late for it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event

from functions import digest as digest_function
from infra.local.postgres.server import Postgres
from owlpost.db.schedules import digest
from owlpost.db.session import Database
from owlpost.domain.frequencies import AlertFrequency
from owlpost.domain.queue_names import DIGEST
from owlpost.producers.happenings import FactResult
from owlpost.queue import Queues
from owlpost.services.digest_rest import LOOK, DigestRest
from owlpost.services.enqueue.facts import Facts
from owlpost.services.enqueue.role_changes import RoleChanges
from owlpost.services.people.projects import Projects
from owlpost.services.schedules.digest import DAILY_HOUR, DigestsFailed
from tests.support.clock import FakeClock
from tests.support.emptying import empty
from tests.support.people import add_person, add_team
from tests.support.projects import Project, add_project
from tests.support.queue_reading import take
from tests.support.services import NO_FUNCTIONS, digesting, dispatching
from tests.support.timed_sqs import TimedSqs
from tests.support.wired import Context, Wired

NOON = datetime(2026, 3, 29, 12, tzinfo=UTC)
LONG_AGO = NOON - timedelta(days=30)
#: From noon to the daily look.
TO_DAILY = 24 - 12 + DAILY_HOUR


@dataclass
class Installation:
    """A digest that its schedule runs at each hour; `uses` counts the transactions of its database."""

    database: Database
    clock: FakeClock
    sqs: TimedSqs
    told: bool = False
    uses: int = 0
    #: Calls that SQS refuses while the digest runs.
    refused: str = ""

    def __post_init__(self) -> None:
        self.queues = self.sqs.queues("requests", "email", "mobile_push", "wakeup", DIGEST)
        event.listen(self.database.engine, "begin", self._used)

    def _used(self, *_: object) -> None:
        self.uses += 1

    def run(self) -> int:
        dispatch = dispatching(self.database, self.queues, self.clock)
        digests = digesting(self.database, dispatch, self.queues, self.clock, told=self.told)
        return digests.run_if_due().digests

    def hours(self, number: int) -> Iterator[tuple[int, int, bool]]:
        """Yield of each hourly run its hour, how many digests it wrote, and whether it used the database."""
        for hour in range(number):
            before = self.uses
            wrote = self.run()
            yield hour, wrote, self.uses > before
            self.clock.advance(hours=1)

    def woken(self, number: int) -> list[int]:
        return [hour for hour, _, used in self.hours(number) if used]

    def tell_of_a_scan(self) -> FactResult:
        scan = {"happened": "issue_scan_finished", "fact": {"scan_id": str(uuid4()), "issues": []}}
        dispatch = dispatching(self.database, self.queues, self.clock)
        roles = RoleChanges(NO_FUNCTIONS, self.clock)
        return Facts(dispatch, NO_FUNCTIONS, roles, DigestRest(self.queues)).tell(scan, correlation_id="test")

    def add_project(self, **more: object) -> Project:
        team_id = add_team(self.database, members=1)
        return add_project(self.database, team_id, **{"created": LONG_AGO, **more})  # type: ignore[arg-type] # of one test


@pytest.fixture
def installation(database: Database) -> Installation:
    clock = FakeClock(NOON)
    return Installation(database, clock, TimedSqs(clock))


@pytest.fixture
def telling(installation: Installation) -> Installation:
    """One whose host tells of each change to its issues."""
    installation.told = True
    return installation


def test_without_a_project_the_database_sleeps_until_cleanup_has_woken_it_anyway(installation: Installation) -> None:
    assert installation.woken(48) == [0, TO_DAILY, TO_DAILY + 24]


def test_projects_that_want_no_digest_wake_nothing(installation: Installation) -> None:
    installation.add_project(frequency="none").add_issues(seen=NOON)
    assert installation.woken(TO_DAILY) == [0]


def test_a_host_that_tells_nothing_is_looked_at_each_hour_at_which_a_project_could_be_due(
    installation: Installation,
) -> None:
    project = installation.add_project(frequency="daily")
    assert installation.woken(5) == [0, 1, 2, 3, 4]
    project.add_issues(seen=installation.clock())
    hours = list(installation.hours(25))
    assert [hour for hour, wrote, _ in hours if wrote] == [0]
    woken = [hour for hour, _, used in hours if used]
    assert woken == [0, TO_DAILY - 5, 24], "told at five, it cannot be due before a day has passed"


def test_a_digest_that_no_fact_announced_goes_out_at_its_hour(installation: Installation) -> None:
    project = installation.add_project(frequency="weekly")
    project.add_issues(seen=NOON)
    assert installation.run() == 1
    installation.clock.advance(hours=30)
    project.add_issues(seen=installation.clock())
    told = [hour for hour, wrote, _ in installation.hours(200) if wrote]
    assert told == [7 * 24 - 30]


def test_where_the_host_tells_of_its_issues_a_project_without_any_lets_the_database_sleep(
    telling: Installation,
) -> None:
    telling.add_project(frequency="hourly")
    assert telling.woken(TO_DAILY) == [0]


def test_an_issue_that_was_told_of_is_in_the_next_hours_digest(telling: Installation) -> None:
    project = telling.add_project(frequency="hourly")
    assert telling.woken(3) == [0]
    project.add_issues(seen=telling.clock())
    assert telling.tell_of_a_scan().requests == ()
    assert list(telling.hours(3)) == [(0, 1, True), (1, 0, False), (2, 0, False)]


def test_an_issue_that_is_not_due_yet_goes_out_at_its_hour_without_another_word(telling: Installation) -> None:
    project = telling.add_project(frequency="daily")
    issues = project.add_issues(seen=NOON)
    assert telling.run() == 1
    telling.clock.advance(hours=1)
    project.see_again(issues, at=telling.clock())
    telling.tell_of_a_scan()
    hours = list(telling.hours(30))
    assert [hour for hour, wrote, _ in hours if wrote] == [23]
    assert [hour for hour, _, used in hours if used] == [0, TO_DAILY - 1, 23]


def test_an_issue_that_a_phone_saw_in_the_future_is_told_of_when_that_has_come(telling: Installation) -> None:
    project = telling.add_project(frequency="hourly")
    issues = project.add_issues(seen=NOON)
    assert telling.run() == 1
    project.see_again(issues, at=NOON + timedelta(hours=3, minutes=20))
    telling.tell_of_a_scan()
    telling.clock.advance(hours=1)
    hours = list(telling.hours(6))
    assert [hour for hour, wrote, _ in hours if wrote] == [3]
    assert [hour for hour, _, used in hours if used] == [0, 2, 3], "it looks from the hour on in which the phone saw it"


def test_an_issue_that_nobody_told_of_waits_for_the_daily_look_and_no_longer(telling: Installation) -> None:
    project = telling.add_project(frequency="hourly")
    assert telling.woken(2) == [0]
    project.add_issues(seen=telling.clock())
    assert [hour for hour, wrote, _ in telling.hours(24) if wrote] == [TO_DAILY - 2]


def test_a_team_that_wants_digests_more_often_is_heard(telling: Installation) -> None:
    project = telling.add_project(frequency="weekly")
    issues = project.add_issues(seen=NOON)
    assert telling.run() == 1
    telling.clock.advance(hours=1)
    project.see_again(issues, at=telling.clock())
    telling.tell_of_a_scan()
    assert telling.woken(2) == [0]
    assert _set_frequency(telling, project.id, "hourly")
    assert [hour for hour, wrote, _ in telling.hours(3) if wrote] == [0]
    _set_frequency(telling, project.id, "none")
    telling.clock.advance(hours=24)
    assert telling.run() == 0


def _set_frequency(installation: Installation, project_id: UUID, frequency: AlertFrequency) -> bool:
    """By an owner of the project's team, through the service that the API calls."""
    with installation.database.transaction() as connection:
        person = add_person(connection)
        connection.exec_driver_sql(
            "insert into team_members (team_id, user_id, role) select team_id, %s, 'owner' from projects where id = %s",
            (person.id, project_id),
        )
    projects = Projects(database=installation.database, keys=("k" * 32,), digest=DigestRest(installation.queues))
    return projects.set_frequency(person.id, project_id, frequency).issue_alert_frequency == frequency


@pytest.mark.parametrize("call", ["receive", "send"])
def test_where_sqs_is_away_the_digest_looks(telling: Installation, call: str) -> None:
    project = telling.add_project(frequency="hourly")
    telling.woken(1)
    telling.sqs.refuses = {call}
    if call == "send":
        telling.sqs.due.clear()
    project.add_issues(seen=telling.clock())
    assert list(telling.hours(2)) == [(0, 1, True), (1, 0, True)]


def test_a_message_that_is_lost_or_that_nobody_can_read_wakes_the_database_and_silences_nobody(
    telling: Installation,
) -> None:
    telling.woken(1)
    telling.sqs.due[DIGEST].clear()
    assert telling.woken(2) == [0]
    telling.sqs.bodies.update(dict.fromkeys(telling.sqs.due[DIGEST], '{"rests_until": "soon"}'))
    assert telling.woken(2) == [0]


def test_a_rest_that_could_not_be_replaced_does_not_outlive_the_look_that_found_more(telling: Installation) -> None:
    project = telling.add_project(frequency="daily", created=NOON - timedelta(hours=20))
    telling.woken(1)
    project.add_issues(seen=telling.clock())
    telling.tell_of_a_scan()
    telling.sqs.refuses = {"send"}
    assert telling.woken(1) == [0]
    telling.sqs.refuses = set()
    assert [hour for hour, wrote, _ in telling.hours(5) if wrote] == [2]


def test_of_two_hours_that_two_looks_have_left_the_first_counts(telling: Installation) -> None:
    project = telling.add_project(frequency="daily", created=NOON - timedelta(hours=20))
    telling.woken(1)
    project.add_issues(seen=telling.clock())
    telling.tell_of_a_scan()
    telling.sqs.refuses = {"delete"}
    telling.run()
    telling.sqs.due[DIGEST] = {
        each: due for each, due in telling.sqs.due[DIGEST].items() if telling.sqs.bodies[each] != LOOK
    }
    assert len(telling.sqs.due[DIGEST]) == 2
    assert [hour for hour, wrote, _ in telling.hours(5) if wrote] == [3]


@pytest.mark.own_database
def test_a_digest_that_failed_is_looked_for_again_in_the_next_hour(telling: Installation) -> None:
    telling.woken(1)
    telling.add_project(frequency="daily").add_issues(seen=telling.clock())
    telling.tell_of_a_scan()
    with telling.database.transaction() as connection:
        connection.exec_driver_sql(
            "alter table notifications add constraint broken check (title <> '1 issue in Atlas')"
        )
    with pytest.raises(DigestsFailed):
        telling.run()
    with telling.database.transaction() as connection:
        connection.exec_driver_sql("alter table notifications drop constraint broken")
    telling.clock.advance(hours=1)
    assert telling.run() == 1


def test_a_schedule_may_rest_and_an_operator_looks(wired: Wired, database: Database, queues: Queues) -> None:
    add_project(database, add_team(database, members=1), created=LONG_AGO).add_issues(seen=NOON)
    wired.as_function("digest")
    far = digest.slot(datetime.now(UTC)) + 1_000
    DigestRest(queues).rest(DigestRest(queues).known(), until=far)
    assert digest_function.handler({"schedule": "digest"}, Context())["due"] == 0
    assert digest_function.handler({}, Context())["due"] == 1
    assert [each.body for each in take(queues, DIGEST)] == []


ACTS = st.one_of(
    st.tuples(st.just("project"), st.sampled_from(["hourly", "6_hourly", "daily", "weekly", "none", None])),
    st.tuples(st.just("issue"), st.integers(-5_000, 5_000)),
    st.tuples(st.just("frequency"), st.sampled_from(["hourly", "daily", "weekly", "none"])),
    st.tuples(st.just("hours"), st.integers(1, 12)),
    st.tuples(st.just("refuses"), st.sampled_from(["send", "receive", "delete", ""])),
)


@pytest.mark.takes_long("runs forty histories of hosts, digests and faults of SQS against a real database")
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=st.lists(ACTS, min_size=1, max_size=15), told=st.booleans())
def test_whenever_a_run_rests_no_digest_is_due(
    postgres: Postgres,
    database_name: str,
    database: Database,
    acts: list[tuple[str, object]],
    told: bool,  # noqa: FBT001 (drawn)
) -> None:
    empty(postgres, database_name)
    clock = FakeClock(NOON)
    world = Installation(database, clock, TimedSqs(clock), told)
    projects = [world.add_project()]
    for act, argument in acts:
        _act(world, projects, act, argument)


def _act(world: Installation, projects: list[Project], act: str, argument: object) -> None:
    if act == "project":
        projects.append(world.add_project(frequency=argument, created=world.clock() - timedelta(hours=5)))
    elif act == "issue":
        projects[-1].add_issues(seen=world.clock() + timedelta(seconds=int(str(argument))))
    elif act == "frequency":
        _set_frequency(world, projects[0].id, argument)  # type: ignore[arg-type] # drawn of the frequencies
    elif act == "refuses":
        world.refused = str(argument)
    if act in ("project", "issue") and (world.told or act == "project"):
        world.tell_of_a_scan()
    for _ in range(int(str(argument)) if act == "hours" else 0):
        before = world.uses
        world.sqs.refuses = {world.refused}
        world.run()
        world.sqs.refuses = set()
        if world.uses == before:
            with world.database.transaction() as connection:
                assert list(digest.due_projects(connection, now=world.clock())) == []
        world.clock.advance(hours=1)
