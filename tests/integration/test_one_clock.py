"""One clock: what the sandboxes of all functions decide by time, they decide by the database's, ten minutes off or not."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from owlpost.db.clock import DatabaseClock
from owlpost.db.session import Database
from owlpost.domain.clock import Clock
from owlpost.domain.commands import RedriveDeliveries
from owlpost.domain.outcomes import Failed
from owlpost.services.badge_requests import COALESCED, BadgeRequests
from owlpost.services.people.inbox import Inbox
from owlpost.wiring import api, audit, cleanup, digest, operate, provider_events
from tests.support.clock import StageClock
from tests.support.log_reading import logged
from tests.support.people import add_person
from tests.support.services import redriving
from tests.support.stage import Stage
from tests.support.timed_sqs import TimedSqs
from tests.support.wired import Wired

#: The database's time stands still in a test, and a worker's goes on.
SOON = timedelta(seconds=30)

SETTINGS = {"JWT_KEYS": "k" * 32, "RESEND_WEBHOOK_SECRETS": "whsec_" + "c2VjcmV0" * 4}

CLOCKS: dict[str, tuple[str, Callable[[], Clock]]] = {
    "codes": ("api", lambda: api.sign_in().now),
    "invitations": ("api", lambda: api.invitations().now),
    "devices": ("api", lambda: api.devices().now),
    "retention": ("cleanup", lambda: cleanup.cleanup().now),
    "digests": ("digest", lambda: digest.digests().now),
    "audit": ("audit", lambda: audit.audit().now),
    "explain": ("operate", lambda: operate.operations().explain.now),
    "webhooks": ("provider_events", lambda: provider_events.provider_events().now),
}


@pytest.fixture(params=[timedelta(minutes=-10), timedelta(minutes=10)], ids=str)
def off(request: pytest.FixtureRequest, clock: StageClock) -> timedelta:
    """How far the database is off from this machine's clock, which all workers read."""
    off: timedelta = request.param
    clock.move_to(datetime.now(UTC) + off)
    return off


@pytest.fixture
def seen_by_functions(database: Database) -> Iterator[None]:
    """Let the functions' own roles see the test's clock."""
    with database.transaction() as connection:
        connection.exec_driver_sql("grant usage on schema testing to public; grant select on testing.clock to public")
    yield
    with database.transaction() as connection:
        connection.exec_driver_sql("revoke all on schema testing from public; revoke all on testing.clock from public")


@pytest.mark.usefixtures("off", "seen_by_functions")
@pytest.mark.parametrize(("function", "built"), CLOCKS.values(), ids=CLOCKS)
def test_what_a_function_decides_by_time_it_decides_by_the_databases(
    wired: Wired, clock: StageClock, function: str, built: Callable[[], Clock]
) -> None:
    wired.as_function(function, **SETTINGS)
    assert abs(built()() - clock()) < SOON


def test_a_sandbox_whose_clock_is_off_says_so_at_its_connect(
    database: Database, off: timedelta, capsys: pytest.CaptureFixture[str]
) -> None:
    with logged() as log, database.transaction() as connection:
        connection.execute(text("select 1"))
    (line,) = (line for line in log.lines if line["message"] == "clock skew")
    assert line["ahead_seconds"] == pytest.approx(-off.total_seconds(), abs=SOON.total_seconds())
    assert "ClockSkew" in capsys.readouterr().out


def test_a_database_that_wakes_up_for_half_a_minute_makes_no_clock_wrong(database: Database) -> None:
    """A paused one takes the question and answers once it is awake: the time it then says is that of its answer."""
    asked = datetime.now(UTC) - timedelta(seconds=30)
    shown = iter([asked])
    clock = DatabaseClock(database.engine, worker=lambda: next(shown, datetime.now(UTC)))
    with logged() as log:
        clock()
    assert [line for line in log.lines if line["message"] == "clock skew"] == []


@pytest.mark.usefixtures("off")
def test_a_redrive_is_due_at_its_rate_from_now_on(database: Database, clock: StageClock) -> None:
    sqs = TimedSqs(clock)
    stage = Stage(database, sqs.queues("requests", "wakeup", "email", "email-dlq", "mobile_push"), clock)
    ids = stage.tell(3)
    stage.adapter.script = lambda _delivery: Failed("validation_error")
    stage.deliver(ids)
    queued = set(sqs.due["email"])
    redriving(database, stage.queues, lambda: datetime.now(UTC)).run(RedriveDeliveries(command="redrive", rate=1))
    due = [stage.row(each)["next_attempt_at"] - clock() for each in ids]
    assert sorted(due) == [timedelta(seconds=second) for second in range(3)]
    assert sorted(sqs.due["email"][each] - clock() for each in sqs.due["email"].keys() - queued) == sorted(due)


@pytest.mark.usefixtures("off")
def test_badges_are_asked_for_once_in_some_seconds_over_all_sandboxes(database: Database, clock: StageClock) -> None:
    sqs = TimedSqs(clock)
    requests = BadgeRequests(database, lambda: sqs.queues("mobile_push"), updates=True)
    with database.transaction() as connection:
        person = add_person(connection, device="ab" * 32)
    for seconds, messages in ((0, 1), (1, 1), (COALESCED.total_seconds(), 2), (1, 2)):
        clock.advance(seconds=seconds)
        requests.changed(person.id)
        assert len(sqs.bodies) == messages


@pytest.mark.usefixtures("off")
def test_what_a_person_reads_is_read_when_the_database_says(stage: Stage, clock: StageClock) -> None:
    (delivery_id,) = stage.tell()
    with stage.database.transaction() as connection:
        row = connection.execute(text("select id, user_id from notifications")).one()
    inbox = Inbox(stage.database, ["key"], changed=lambda _user_id: None)
    entry, _ = inbox.set_read(row.user_id, row.id, read=True)
    assert entry.read_at == clock()
    assert stage.row(delivery_id)["created_at"] == clock()
