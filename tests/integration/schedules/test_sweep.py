import json
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text

from functions import sweep as sweep_function
from owlpost.db.session import Database
from owlpost.domain.errors import InvalidRequest, TransientFault
from owlpost.domain.idempotency import Key
from owlpost.domain.outcomes import Failed, Retry, Skipped
from owlpost.domain.requests import Continuation
from owlpost.domain.sweep_order import GRACE
from owlpost.services.schedules.sweep import LIMIT, Sweep, Swept
from tests.support.clock import FakeClock
from tests.support.people import add_person, add_team
from tests.support.queue_reading import take
from tests.support.services import dispatching, sweeping
from tests.support.stage import LEASE_SECONDS, Stage
from tests.support.unread_queues import unread_queues
from tests.support.wired import Context, Wired

NOTHING = Swept({}, 0)
PAST_GRACE = (GRACE + timedelta(seconds=1)).total_seconds()


@pytest.fixture
def sweep(stage: Stage) -> Sweep:
    return sweeping(stage.database, stage.queues, stage.clock)


def lose_messages(stage: Stage) -> None:
    for queue in ("requests", "email", "mobile_push"):
        stage.queues.client.purge_queue(QueueUrl=stage.queues.urls[queue])


def on_queue(stage: Stage, name: str) -> Counter[str]:
    return Counter(message.body for message in take(stage.queues, name))


def test_what_was_stored_and_never_queued_is_queued_again_and_delivered(stage: Stage, sweep: Sweep) -> None:
    ids = stage.tell(3)
    lose_messages(stage)
    stage.clock.advance(seconds=PAST_GRACE)
    assert sweep.run() == Swept({"email": 3, "mobile_push": 3}, 0)
    assert on_queue(stage, "email") == Counter(map(str, ids))
    stage.deliver(ids)
    assert sorted(stage.adapter.told) == sorted(ids)


def test_a_sweep_that_follows_finds_nothing(stage: Stage, sweep: Sweep) -> None:
    stage.tell()
    stage.clock.advance(seconds=PAST_GRACE)
    sweep.run()
    assert sweep.run() == NOTHING


@pytest.mark.parametrize("minutes", [-10, 10])
def test_rows_are_swept_in_time_whatever_the_clocks_of_workers_say(stage: Stage, minutes: int) -> None:
    def wrong() -> datetime:
        return stage.clock() + timedelta(minutes=minutes)

    with stage.database.transaction() as connection:
        person = add_person(connection).id
    body = {"type": "feedback.new", "recipients": {"user_ids": [str(person)]}, "title": "Hello"}
    dispatching(stage.database, stage.queues, wrong).enqueue(body, platform_key=Key("lambda", str(uuid4())))
    lose_messages(stage)
    sweeps = [sweeping(stage.database, stage.queues, now) for now in (wrong, stage.clock)]
    stage.clock.advance(seconds=GRACE.total_seconds() - 1)
    assert [sweep.run() for sweep in sweeps] == [NOTHING, NOTHING]
    stage.clock.advance(seconds=2)
    assert sweeps[0].run() == Swept({"email": 1, "mobile_push": 1}, 0)


def test_what_was_queued_lately_is_left_alone(stage: Stage, sweep: Sweep) -> None:
    stage.tell()
    stage.clock.advance(seconds=GRACE.total_seconds() - 1)
    assert sweep.run() == NOTHING


@pytest.mark.parametrize("ending", [None, Skipped("suppressed"), Failed("refused")], ids=["sent", "skipped", "failed"])
def test_what_has_ended_is_left_alone(stage: Stage, sweep: Sweep, ending: Skipped | Failed | None) -> None:
    ids = stage.tell()
    if ending:
        stage.adapter.script = lambda _delivery: ending
    stage.deliver(ids)
    stage.change("update notification_deliveries set status = 'sent' where channel <> 'email'")
    stage.clock.advance(days=2)
    assert sweep.run() == NOTHING


def test_what_a_living_worker_holds_is_left_alone_until_its_lease_has_ended(stage: Stage, sweep: Sweep) -> None:
    (delivery_id,) = stage.tell()
    stage.clock.advance(seconds=PAST_GRACE)

    def die(_delivery: object) -> Skipped:
        # Seen from inside the attempt: the worker holds its lease.
        assert "email" not in sweep.run().deliveries
        raise KeyboardInterrupt

    stage.adapter.script = die
    with pytest.raises(KeyboardInterrupt):
        stage.deliver([delivery_id])
    lose_messages(stage)
    stage.clock.advance(seconds=LEASE_SECONDS + 1)
    assert sweep.run().deliveries == {"email": 1}
    assert on_queue(stage, "email") == Counter([str(delivery_id)])


def test_what_waits_for_its_retry_is_left_alone_until_that_is_long_due(stage: Stage, sweep: Sweep) -> None:
    ids = stage.tell()
    stage.change("update notification_deliveries set status = 'sent' where channel <> 'email'")
    stage.adapter.script = lambda _delivery: Retry(TransientFault("rate_limited", retry_after=3_600, counts=False))
    stage.deliver(ids)
    stage.clock.advance(seconds=3_600)
    assert sweep.run() == NOTHING
    stage.clock.advance(seconds=PAST_GRACE + 60)
    assert sweep.run() == Swept({"email": 1}, 0)


def side_by_side(count: int, work: Callable[[int], Swept]) -> list[Swept]:
    with ThreadPoolExecutor(count) as threads:
        return list(threads.map(work, range(count)))


def test_two_sweeps_at_once_queue_everything_once(stage: Stage, another_database: Database) -> None:
    ids = stage.tell(60)
    lose_messages(stage)
    stage.clock.advance(seconds=PAST_GRACE)
    databases = (stage.database, another_database)
    swept = side_by_side(2, lambda number: sweeping(databases[number], stage.queues, stage.clock).run())
    assert sum(each.deliveries.get("email", 0) for each in swept) == 60
    assert on_queue(stage, "email") == Counter(map(str, ids))


def test_more_than_one_round_of_stuck_deliveries_is_swept_in_one_run(database: Database, clock: FakeClock) -> None:
    team_id = add_team(database, members=LIMIT + 1)
    request = {"type": "issue.digest", "recipients": {"team_id": str(team_id)}, "title": "3 issues"}
    dispatching(database, unread_queues(), clock).enqueue(request, platform_key=Key("lambda", "1"))
    clock.advance(seconds=PAST_GRACE)
    assert sweeping(database, unread_queues(), clock).run() == Swept({"email": LIMIT + 1}, 0)


def test_chunks_of_a_large_team_whose_messages_were_lost_are_written_after_all(stage: Stage, sweep: Sweep) -> None:
    dispatch = dispatching(stage.database, stage.queues, stage.clock, chunk_size=10)
    request = {
        "type": "questionnaire.response_new",
        "recipients": {"team_id": str(add_team(stage.database, members=25))},
        "title": "New response",
    }
    dispatch.enqueue(request, platform_key=Key("lambda", str(uuid4())))
    first, _lost = (Continuation.model_validate_json(each.body) for each in take(stage.queues, "requests"))
    dispatch.chunks.resume(first)
    stage.clock.advance(seconds=PAST_GRACE)
    assert sweep.run() == Swept({}, 1)
    assert sweep.run() == NOTHING
    (message,) = take(stage.queues, "requests")
    dispatch.chunks.resume(Continuation.model_validate_json(message.body))
    with stage.database.transaction() as connection:
        assert connection.execute(text("select count(*) from notifications")).scalar_one() == 25
    stage.clock.advance(seconds=PAST_GRACE)
    assert sweep.run() == NOTHING


def test_an_operator_who_knows_that_nothing_runs_can_shorten_the_grace(wired: Wired, stage: Stage) -> None:
    stage.tell(2)
    stage.change("update notification_deliveries set status = 'sent' where channel <> 'email'")
    at = datetime.now(UTC) - timedelta(minutes=2)  # the function runs by the real clock, not by the stage's
    stage.change("update notification_deliveries set queued_at = :at", at=at)
    wired.as_function("sweep")
    assert sweep_function.handler({}, Context()) == {"deliveries": {}, "chunks": 0}
    assert sweep_function.handler({"grace_seconds": 180}, Context()) == {"deliveries": {}, "chunks": 0}
    assert sweep_function.handler({"grace_seconds": 60}, Context()) == {"deliveries": {"email": 2}, "chunks": 0}


@pytest.mark.parametrize("clock_moves", [False, True], ids=["in one instant", "while time passes"])
def test_a_run_without_grace_sends_each_row_once(database: Database, clock: FakeClock, clock_moves: bool) -> None:  # noqa: FBT001 (a case)
    team_id = add_team(database, members=2 * LIMIT)
    request = {"type": "issue.digest", "recipients": {"team_id": str(team_id)}, "title": "3 issues"}
    dispatching(database, unread_queues(), clock).enqueue(request, platform_key=Key("lambda", "1"))

    def passing() -> datetime:
        if clock_moves:
            clock.advance(seconds=1)
        return clock()

    sweep = sweeping(database, unread_queues(), passing)
    assert sweep.run(grace=timedelta()) == Swept({"email": 2 * LIMIT}, 0)


@pytest.mark.parametrize("grace", [-1, 604_801, float("inf"), float("nan"), "soon", None, [], True])
def test_a_grace_out_of_bounds_is_refused_by_its_name_before_anything_is_swept(
    stage: Stage, wired: Wired, grace: object
) -> None:
    stage.tell()
    lose_messages(stage)
    wired.as_function("sweep")
    with pytest.raises(InvalidRequest, match="grace_seconds"):
        sweep_function.handler({"grace_seconds": grace}, Context())
    with pytest.raises(InvalidRequest, match="grace_second"):
        sweep_function.handler({"grace_second": 0}, Context())
    assert on_queue(stage, "email") == Counter()


def test_a_sweep_tells_how_long_the_oldest_due_delivery_has_been_due(
    stage: Stage, sweep: Sweep, capsys: pytest.CaptureFixture[str]
) -> None:
    """SQS' own age leaves out what was received three times: these rows are on no queue at all."""
    stage.tell()
    lose_messages(stage)
    stage.clock.advance(seconds=3_000)
    sweep.run()
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"OldestDue"' in line]
    ages = {line["channel"]: line["OldestDue"][0] for line in told}
    assert ages.keys() == {"email", "mobile_push"}
    assert all(2_900 < age < 3_100 for age in ages.values())
