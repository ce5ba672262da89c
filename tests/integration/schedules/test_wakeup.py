"""An idle sweep leaves the database alone; what a crash left behind is found by scheduled sweeps and nothing else."""

from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, event

from functions import cleanup as cleanup_function
from functions import sweep as sweep_function
from owlpost.db.session import Database
from owlpost.domain.queue_names import WAKEUP
from owlpost.domain.sweep_order import GRACE
from owlpost.queue import Queues
from owlpost.queue_messages import Message
from owlpost.services import wakeup
from owlpost.services.enqueue.submission import Submission
from owlpost.services.schedules.sweep import Sweep, Swept
from tests.support.clock import FakeClock
from tests.support.people import add_person
from tests.support.queue_reading import take
from tests.support.services import dispatching, sweeping
from tests.support.stage import Stage
from tests.support.timed_sqs import TimedSqs
from tests.support.wired import Context, Wired

if TYPE_CHECKING:
    from collections.abc import Callable

NOTHING = Swept({}, 0)
EVERY = timedelta(minutes=5)
SCHEDULED = {"schedule": "sweep", "time": "2026-03-01T00:00:00+00:00"}


@pytest.fixture
def sqs(clock: FakeClock) -> TimedSqs:
    return TimedSqs(clock)


@pytest.fixture
def timed(database: Database, sqs: TimedSqs, clock: FakeClock) -> Stage:
    """A stage on queues whose time is the stage's."""
    return Stage(database, sqs.queues("requests", "email", "mobile_push", WAKEUP), clock)


@pytest.fixture
def sweep(timed: Stage) -> Sweep:
    return sweeping(timed.database, timed.queues, timed.clock)


def untouchable() -> Database:
    """A database that fails the test when somebody connects to it."""
    engine = create_engine("postgresql+pg8000://nobody@db.example/nothing")

    def refuse(*_: object) -> None:
        pytest.fail("the database was woken")

    event.listen(engine, "do_connect", refuse)
    return Database(engine)


def idle(stage: Stage) -> Sweep:
    return sweeping(untouchable(), stage.queues, stage.clock)


def waiting(sqs: TimedSqs, name: str) -> int:
    return len(sqs.due.get(name, {}))


def tell_and_die_before_queueing(stage: Stage) -> None:
    """Commit one person's rows over e-mail; the sandbox is gone before it says so to any queue."""
    with stage.database.transaction() as connection:
        person = add_person(connection)
    body = {"type": "issue.digest", "recipients": {"user_ids": [str(person.id)]}, "title": "3 issues"}
    dispatch = dispatching(stage.database, stage.queues, stage.clock)
    with dispatch.transaction() as connection:
        dispatch.store(connection, Submission.from_json(body | {"idempotency_key": str(uuid4())}))


def pass_time(stage: Stage, sweep: Sweep, *, runs: int) -> list[Swept]:
    """What each of so many scheduled sweeps found."""
    found = []
    for _ in range(runs):
        stage.clock.advance(seconds=EVERY.total_seconds())
        found.append(sweep.run_if_woken())
    return found


def test_an_idle_sweep_opens_no_connection_and_says_that_it_ran(
    timed: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    assert idle(timed).run_if_woken() == NOTHING
    assert '"SweepRan"' in capsys.readouterr().out


def test_a_wakeup_is_not_seen_before_what_it_stands_for_may_be_committed(timed: Stage) -> None:
    timed.tell()
    timed.clock.advance(seconds=wakeup.DELAY.total_seconds() - 1)
    assert idle(timed).run_if_woken() == NOTHING


def test_a_row_that_a_crash_left_unqueued_is_queued_by_scheduled_sweeps_alone(timed: Stage, sweep: Sweep) -> None:
    tell_and_die_before_queueing(timed)
    found = pass_time(timed, sweep, runs=8)
    assert found.count(Swept({"email": 1}, 0)) == 2, "once past its grace, and again as nobody delivers it"
    assert found[:2] == [NOTHING, NOTHING]


def test_the_chain_goes_on_while_anything_is_pending_and_ends_when_nothing_is(
    timed: Stage, sweep: Sweep, sqs: TimedSqs
) -> None:
    tell_and_die_before_queueing(timed)
    for _ in range(60):
        pass_time(timed, sweep, runs=1)
        assert waiting(sqs, WAKEUP) == 1
    timed.change("update notification_deliveries set status = 'sent'")
    pass_time(timed, sweep, runs=3)
    assert waiting(sqs, WAKEUP) == 0
    timed.clock.advance(days=1)
    assert idle(timed).run_if_woken() == NOTHING


def test_a_sweep_that_dies_after_receiving_leaves_its_wakeups_to_another(
    timed: Stage, sweep: Sweep, sqs: TimedSqs
) -> None:
    tell_and_die_before_queueing(timed)
    timed.clock.advance(seconds=GRACE.total_seconds() + 1)
    with pytest.raises(pytest.fail.Exception):
        idle(timed).run_if_woken()
    assert waiting(sqs, WAKEUP) == 1
    assert Swept({"email": 1}, 0) in pass_time(timed, sweep, runs=2)


def test_a_wakeup_stays_until_a_fresh_one_stands_in_its_place(timed: Stage, sweep: Sweep, sqs: TimedSqs) -> None:
    tell_and_die_before_queueing(timed)
    sqs.refuses = {"send"}
    pass_time(timed, sweep, runs=3)
    assert waiting(sqs, WAKEUP) == 1
    sqs.refuses = {"delete"}
    pass_time(timed, sweep, runs=1)
    assert waiting(sqs, WAKEUP) == 2


def test_where_the_queue_cannot_be_asked_the_sweep_runs(timed: Stage, sweep: Sweep, sqs: TimedSqs) -> None:
    tell_and_die_before_queueing(timed)
    sqs.due.clear()
    timed.clock.advance(seconds=GRACE.total_seconds() + 1)
    sqs.refuses = {"receive"}
    assert sweep.run_if_woken() == Swept({"email": 1}, 0)


def test_an_enqueue_goes_on_without_its_wakeup_and_arms_once_the_queue_is_back(timed: Stage, sqs: TimedSqs) -> None:
    sqs.refuses = {"send"}
    (delivery_id,) = timed.tell()
    assert timed.row(delivery_id)["status"] == "pending"
    assert waiting(sqs, WAKEUP) == 0
    sqs.refuses = set()
    timed.tell()
    assert waiting(sqs, WAKEUP) == 1


def test_a_sweep_that_nobody_woke_arms_the_next_for_what_is_pending(timed: Stage, sweep: Sweep, sqs: TimedSqs) -> None:
    tell_and_die_before_queueing(timed)
    sqs.due.clear()
    timed.clock.advance(days=1)
    assert sweep.run() == Swept({"email": 1}, 0)
    assert waiting(sqs, WAKEUP) == 1


def test_a_schedule_waits_for_a_wakeup_and_an_operator_and_the_daily_cleanup_do_not(
    wired: Wired, stage: Stage, queues: Queues
) -> None:
    stage.tell()
    stage.change("update notification_deliveries set status = 'sent' where channel <> 'email'")
    invocations: list[tuple[str, Callable[[], object], int]] = [
        ("sweep", lambda: sweep_function.handler(SCHEDULED, Context()), 0),
        ("sweep", lambda: sweep_function.handler({"grace_seconds": 900}, Context()), 1),
        ("cleanup", lambda: cleanup_function.handler({"schedule": "cleanup"}, Context()), 1),
    ]
    for name, invoke, swept in invocations:
        stage.change("update notification_deliveries set queued_at = now() - interval '2 hours'")
        take(queues, "email")
        wired.as_function(name)
        invoke()
        assert len(take(queues, "email")) == swept
    queues.send(WAKEUP, [Message(wakeup.BODY)])
    stage.change("update notification_deliveries set queued_at = now() - interval '2 hours'")
    wired.as_function("sweep")
    assert sweep_function.handler(SCHEDULED, Context()) == {"deliveries": {"email": 1}, "chunks": 0}
