"""What waited for a provider goes on at once when a probe passes: at a bounded rate, punctually, and each once."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from threading import Thread
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from owlpost.db.delivery import deliveries
from owlpost.db.delivery.deliveries import Lease
from owlpost.db.session import Database
from owlpost.domain.channels import NOTIFICATION_CHANNELS
from owlpost.domain.errors import TransientFault
from owlpost.domain.messages import Delivery
from owlpost.domain.outcomes import Outcome, Retry
from owlpost.services.dead_letter import DeadLetterSink
from owlpost.services.delivery.attempt import DeliveryWorker
from owlpost.services.delivery.messages import DeliveryMessages
from owlpost.services.delivery.release import PER_SECOND
from tests.integration.delivery.test_pauses import CHANNELS, MINUTE, attempted, deliver, mend, refuse, statuses, tell
from tests.support.clock import StageClock
from tests.support.engine_stage import eventually
from tests.support.row_locks import waits_for_a_lock
from tests.support.stage import BOUNDS, LEASE_SECONDS, Stage
from tests.support.timed_sqs import TimedSqs


@pytest.fixture
def sqs(clock: StageClock) -> TimedSqs:
    return TimedSqs(clock)


@pytest.fixture
def stage(database: Database, clock: StageClock, sqs: TimedSqs) -> Stage:
    """A stage on queues whose delays follow the test's clock."""
    return Stage(database, sqs.queues("requests", "wakeup", *CHANNELS, *(f"{each}-dlq" for each in CHANNELS)), clock)


def work(stage: Stage, channel: str) -> int:
    """Handle the messages that are visible, as Lambda does. Return how many there were."""
    worker = stage.worker(channel, bounds=BOUNDS)
    handler = DeliveryMessages(worker, stage.queues, DeadLetterSink(stage.queues, channel), max_receives=1_000)
    received = stage.queues.receive(channel, limit=100)
    if received:
        back = set(handler.handle(received, deadline=stage.clock() + timedelta(seconds=30)))
        stage.queues.delete(channel, [each.receipt_handle for each in received if each.id not in back])
    return len(received)


def pass_time(stage: Stage, sqs: TimedSqs, channel: str, seconds: float) -> None:
    """Let time pass, and handle each message when it is due."""
    end = stage.clock() + timedelta(seconds=seconds)
    while (moment := min(sqs.due[channel].values(), default=end)) < end:
        stage.clock.move_to(max(moment, stage.clock()))
        work(stage, channel)
    stage.clock.move_to(end)


def due(stage: Stage, ids: Sequence[UUID]) -> list[datetime]:
    return sorted(stage.row(each)["next_attempt_at"] for each in ids)


def pause(stage: Stage, channel: str, people: int) -> list[UUID]:
    """Have deliveries wait for a provider that has refused us for four hours."""
    ids = tell(stage, people, channel)
    refuse(stage, channel)
    deliver(stage, ids[:1], channel)
    stage.clock.advance(hours=4)
    deliver(stage, ids, channel)
    attempted(stage)
    return ids


def pass_probe(stage: Stage, channel: str, ids: Sequence[UUID]) -> list[UUID]:
    """Have a probe pass. Return the deliveries that still wait."""
    mend(stage, channel)
    stage.clock.advance(seconds=MINUTE)
    deliver(stage, ids, channel)
    assert attempted(stage) == 1
    return [each for each in ids if stage.row(each)["status"] == "pending"]


@pytest.mark.parametrize("channel", CHANNELS)
def test_what_waits_is_due_at_once_when_a_probe_passes(stage: Stage, sqs: TimedSqs, channel: str) -> None:
    ids = pause(stage, channel, 30)
    assert due(stage, ids)[-1] > stage.clock() + timedelta(minutes=14)
    known = set(sqs.bodies)
    waiting = pass_probe(stage, channel, ids)
    assert due(stage, waiting)[-1] - stage.clock() <= timedelta(seconds=len(ids) / PER_SECOND)
    assert sorted(body for handle, body in sqs.bodies.items() if handle not in known) == sorted(map(str, waiting))
    stage.clock.advance(seconds=1)
    deliver(stage, ids, channel)
    assert statuses(stage, ids) == {"sent"}
    assert sorted(stage.adapter.told) == sorted(waiting)


@pytest.mark.parametrize("channel", CHANNELS)
def test_by_messages_alone_a_probe_a_minute_is_made_and_all_are_sent_within_one_more(
    stage: Stage, sqs: TimedSqs, channel: str
) -> None:
    ids = tell(stage, 8, channel)
    refuse(stage, channel)
    probes: list[datetime] = []

    def refused(_delivery: Delivery) -> Outcome:
        probes.append(stage.clock())
        return Retry(TransientFault("invalid_api_key", counts=False))

    stage.adapter.script = refused
    work(stage, channel)
    pass_time(stage, sqs, channel, 20 * MINUTE)
    first, *later = sorted(set(probes))
    assert Counter(probes).most_common(2)[1][1] == 1
    gaps = {round((after - before).total_seconds()) for before, after in pairwise([first, *later])}
    assert gaps <= set(range(MINUTE, MINUTE + 5))
    mend(stage, channel)
    attempted(stage)
    pass_time(stage, sqs, channel, MINUTE + 5)
    assert statuses(stage, ids) == {"sent"}
    assert sorted(stage.adapter.told) == ids
    pass_time(stage, sqs, channel, 8 * MINUTE)
    assert sorted(stage.adapter.told) == ids


def test_a_probe_that_makes_no_call_leaves_one_that_comes_back_for_the_next(stage: Stage) -> None:
    ids = pause(stage, "email", 10)
    stage.change("update notifications set read_at = now()")
    stage.clock.advance(seconds=MINUTE)
    deliver(stage, ids, "email")
    waiting = [each for each in ids if stage.row(each)["status"] == "pending"]
    assert len(waiting) == 9
    assert due(stage, waiting)[0] <= stage.clock() + timedelta(seconds=MINUTE)


def test_a_release_keeps_its_rate_over_all_workers_and_ends(stage: Stage) -> None:
    ids = pause(stage, "mobile_push", 35)
    stage.clock.advance(seconds=MINUTE)
    mend(stage, "mobile_push")
    small = slow(stage, "mobile_push")
    probe_with(stage, small, ids)
    for _ in range(5):
        small.deliver([uuid4()], deadline=stage.clock() + timedelta(seconds=30))
    waiting = [each for each in ids if stage.row(each)["status"] == "pending"]
    moments = due(stage, waiting)
    assert len(moments) == 34
    assert {after - before for before, after in pairwise(moments)} == {timedelta(milliseconds=10)}
    assert not releasing(stage)


def slow(stage: Stage, channel: str) -> DeliveryWorker:
    """A worker that has only time to release ten."""
    release = replace(stage.release(channel), limit=10, now=lambda: stage.clock() + timedelta(hours=1))
    return replace(stage.worker(channel), release=release)


def probe_with(stage: Stage, worker: DeliveryWorker, ids: Sequence[UUID]) -> None:
    worker.deliver(ids, deadline=stage.clock() + timedelta(seconds=30))
    assert attempted(stage) == 1
    assert releasing(stage)


def releasing(stage: Stage) -> bool:
    with stage.database.transaction() as connection:
        statement = text("select exists (select from provider_pauses where released_to is not null)")
        return bool(connection.execute(statement).scalar_one())


def test_a_frozen_batch_is_released_whole(stage: Stage, sqs: TimedSqs) -> None:
    batches = [tell(stage, 7, "email") for _ in range(3)]
    lost = Retry(TransientFault("answer_lost", ambiguous=True))
    stage.adapter.script = lambda _delivery: lost
    for batch in batches:
        deliver(stage, batch, "email")
    refuse(stage, "email")
    stage.clock.advance(minutes=2)
    (other,) = tell(stage, 1, "email")
    deliver(stage, [other], "email")
    ids = [id_ for batch in batches for id_ in batch]
    deliver(stage, ids, "email")
    assert {stage.row(each)["error"] for each in ids} == {"provider_paused"}
    mend(stage, "email")
    attempted(stage)
    stage.clock.advance(seconds=MINUTE)
    probe_with(stage, slow(stage, "email"), [other])
    pass_time(stage, sqs, "email", 3)
    assert statuses(stage, ids) == {"sent"}
    assert [len(batch.deliveries) for batch in stage.adapter.batches] == [7, 7, 7]


def test_what_waits_for_another_provider_as_well_goes_on_waiting_and_ends_the_release(
    stage: Stage, sqs: TimedSqs
) -> None:
    ids = pause(stage, "mobile_push", 12)
    stage.change(
        "insert into provider_pauses (channel, provider, reason, opened_at, probe_at)"
        " values ('mobile_push', 'adapter', 'adapter_error', now(), now() + interval '1 day')"
    )
    stage.change("update provider_pauses set closed_at = now(), released_to = now() where provider = 'apns'")
    stage.adapter.batches.clear()
    small = slow(stage, "mobile_push")
    for _ in range(4):
        small.deliver(ids, deadline=stage.clock() + timedelta(seconds=30))
        stage.clock.advance(seconds=5)
    assert not releasing(stage)
    assert attempted(stage) == 0
    assert {stage.row(each)["error"] for each in ids} == {"provider_paused"}


def test_a_claim_that_still_saw_the_pause_is_released_with_the_others(stage: Stage, another_database: Database) -> None:
    late, probing = pause(stage, "mobile_push", 2)
    stage.change("update notification_deliveries set next_attempt_at = now(), error = null")
    mend(stage, "mobile_push")
    stage.clock.advance(seconds=MINUTE)
    channel = NOTIFICATION_CHANNELS["mobile_push"]
    lease = Lease(uuid4(), uuid4(), LEASE_SECONDS)
    stage.change("update provider_pauses set probe_at = now() + interval '1 hour'")
    with another_database.transaction() as connection:
        claim = deliveries.claim(connection, [late], channel=channel, lease=lease)
        assert claim.claimed == ()
        stage.change("update provider_pauses set probe_at = now()")
        settling = Thread(target=deliver, args=(stage, [probing], "mobile_push"))
        settling.start()
        eventually(lambda: waits_for_a_lock(connection))
    settling.join()
    assert stage.row(probing)["status"] == "sent"
    assert due(stage, [late])[0] <= stage.clock() + timedelta(seconds=1)
