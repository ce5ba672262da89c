"""Delivery messages: what each does follows from what became of its delivery."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

from owlpost.domain.errors import TransientFault
from owlpost.domain.messages import Delivery
from owlpost.domain.outcomes import Failed, Outcome, Retry, Sent, Skipped
from owlpost.domain.retry import RetryBounds
from owlpost.queue import Queues
from owlpost.queue_messages import Received
from owlpost.services.dead_letter import DeadLetterSink
from owlpost.services.delivery.messages import MOST_TURNS, DeliveryMessages
from tests.support.queue_reading import dead_letter_reasons, take
from tests.support.services import sweeping
from tests.support.stage import Stage

MAX_RECEIVES = 8
LAMBDAS_LIMIT = 16
#: Delays round to nothing, so that what was postponed is back at once.
SOON = RetryBounds(base_seconds=0.1, cap_seconds=0.1)


def unavailable(retry_after: float | None = None) -> Callable[[Delivery], Outcome]:
    return lambda _delivery: Retry(TransientFault("unavailable", retry_after=retry_after))


def handle(stage: Stage, received: Sequence[Received], *, bounds: RetryBounds = SOON) -> list[str]:
    worker = replace(stage.worker(), bounds=bounds)
    messages = DeliveryMessages(worker, stage.queues, DeadLetterSink(stage.queues, "email"), MAX_RECEIVES)
    return messages.handle(received, deadline=stage.clock() + timedelta(seconds=30))


def message(delivery_id: UUID, *, receives: int = 1) -> Received:
    return Received(str(uuid4()), str(delivery_id), "no handle", receives)


def test_messages_of_deliveries_that_have_ended_are_done(stage: Stage) -> None:
    first, second, third = stage.tell(3)
    ends: dict[UUID, Outcome] = {first: Sent(), second: Failed("refused"), third: Skipped("suppressed")}
    stage.adapter.script = lambda delivery: ends[delivery.id]
    assert handle(stage, take(stage.queues, "email")) == []
    assert dead_letter_reasons(stage.queues, "email") == []


def test_a_message_that_is_postponed_comes_back_after_its_own_delay_and_the_others_are_done(stage: Stage) -> None:
    soon, late, _done = stage.tell(3)
    faults = {soon: TransientFault("unavailable"), late: TransientFault("unavailable", retry_after=500)}
    stage.adapter.script = lambda delivery: Retry(faults[delivery.id]) if delivery.id in faults else Sent()
    received = {each.body: each for each in take(stage.queues, "email")}
    failed = handle(stage, list(received.values()))
    assert set(failed) == {received[str(each)].id for each in (soon, late)}
    # The queue hides what it hands out for half a minute: only what was given another visibility is back already.
    assert [each.body for each in take(stage.queues, "email")] == [str(soon)]


def test_the_same_delivery_in_two_messages_of_a_batch_is_sent_once_and_both_are_done(stage: Stage) -> None:
    (delivery_id,) = stage.tell()
    assert handle(stage, [message(delivery_id), message(delivery_id)]) == []
    assert stage.adapter.told == [delivery_id]


def test_a_delivery_that_is_given_up_with_two_messages_in_a_batch_leaves_one_dead_letter(stage: Stage) -> None:
    (delivery_id,) = stage.tell()
    stage.clock.advance(days=1)
    stage.adapter.script = unavailable()
    assert handle(stage, [message(delivery_id), message(delivery_id)]) == []
    assert dead_letter_reasons(stage.queues, "email") == ["deadline_exceeded: unavailable"]


def test_of_two_messages_of_a_delivery_that_waits_the_fresher_one_stays(stage: Stage) -> None:
    """Postponed by the same delay, they would come in one batch for ever, and wear out."""
    (delivery_id,) = stage.tell()
    stage.adapter.script = unavailable()
    worn, fresh, also_worn = (message(delivery_id, receives=receives) for receives in (4, 1, 3))
    assert handle(stage, [worn, fresh, also_worn]) == [fresh.id]


def test_a_message_that_is_no_delivery_id_is_kept_with_the_reason_and_hurts_no_other(stage: Stage) -> None:
    stage.tell()
    stray = [Received(str(uuid4()), body, "no handle") for body in (" ", "{}", "nonsense", "17")]
    assert handle(stage, [*stray, *take(stage.queues, "email")]) == []
    assert dead_letter_reasons(stage.queues, "email") == ["the message is not a delivery id"] * 4
    assert len(stage.adapter.told) == 1


def test_a_delivery_that_is_given_up_leaves_a_dead_letter_with_the_reason(stage: Stage) -> None:
    stage.tell()
    stage.clock.advance(days=1)
    stage.adapter.script = unavailable()
    assert handle(stage, take(stage.queues, "email")) == []
    assert dead_letter_reasons(stage.queues, "email") == ["deadline_exceeded: unavailable"]


def test_a_batch_that_is_given_up_leaves_a_dead_letter_for_each_member_whoever_brought_it(stage: Stage) -> None:
    ids = stage.tell(3)
    stage.adapter.script = lambda _delivery: Retry(TransientFault("timeout", ambiguous=True))
    handle(stage, [message(each) for each in ids])
    stage.clock.advance(hours=2)
    handle(stage, [message(ids[0])], bounds=RetryBounds(deadline_seconds=3_600))
    assert dead_letter_reasons(stage.queues, "email") == ["deadline_exceeded: outcome_unknown"] * 3


def test_a_dead_letter_that_its_queue_does_not_take_comes_back_and_is_not_lost(stage: Stage) -> None:
    gone = {**stage.queues.urls, "email-dlq": stage.queues.urls["email-dlq"] + "-gone"}
    client = stage.queues.client
    stage.queues = Queues(lambda: client, gone)
    stray = Received("stray", "nonsense", "no handle")
    assert handle(stage, [stray]) == ["stray"]


def test_a_message_that_is_worn_out_gives_way_to_a_fresh_one_with_the_same_delivery(stage: Stage) -> None:
    (delivery_id,) = stage.tell()
    stage.adapter.script = unavailable()
    assert len(take(stage.queues, "email")) == 1
    assert handle(stage, [message(delivery_id, receives=MAX_RECEIVES - 3)]) != []
    stage.clock.advance(seconds=1)
    assert handle(stage, [message(delivery_id, receives=MAX_RECEIVES - 2)]) == []
    (fresh,) = take(stage.queues, "email")
    assert (fresh.body, fresh.receives) == (str(delivery_id), 1)
    assert stage.row(delivery_id)["status"] == "pending"


def test_a_fresh_message_waits_as_long_as_the_worn_out_one_would_have(stage: Stage) -> None:
    (delivery_id,) = stage.tell()
    take(stage.queues, "email")
    stage.adapter.script = unavailable(retry_after=500)
    assert handle(stage, [message(delivery_id, receives=MAX_RECEIVES)]) == []
    assert take(stage.queues, "email") == []
    delayed = stage.queues.client.get_queue_attributes(
        QueueUrl=stage.queues.urls["email"], AttributeNames=["ApproximateNumberOfMessagesDelayed"]
    )["Attributes"]
    assert delayed["ApproximateNumberOfMessagesDelayed"] == "1"


def test_a_delivery_that_waits_all_day_stays_far_below_the_turns_at_which_lambda_stops_a_loop(stage: Stage) -> None:
    """Lambda stops a function after 16 messages that it caused itself. Past MOST_TURNS, the sweep queues the delivery."""
    (delivery_id,) = stage.tell()
    stage.adapter.script = lambda _delivery: Retry(TransientFault("unavailable", counts=False))
    received: Received | None = take(stage.queues, "email")[0]
    turns = 0
    while received and turns < LAMBDAS_LIMIT:
        stage.clock.advance(minutes=10)
        assert handle(stage, [replace(received, receives=MAX_RECEIVES)]) == []
        fresh = take(stage.queues, "email")
        received = fresh[0] if fresh else None
        turns += 1
    assert received is None
    assert turns - 1 == MOST_TURNS < LAMBDAS_LIMIT
    assert stage.row(delivery_id)["status"] == "pending"
    stage.clock.advance(hours=1)
    sweeping(stage.database, stage.queues, stage.clock).run()
    (queued,) = take(stage.queues, "email")
    assert (queued.body, queued.attributes.get("turns")) == (str(delivery_id), None)


def test_messages_that_are_replaced_together_take_the_turns_of_the_longest_chain_among_them(stage: Stage) -> None:
    """All that an invocation sends has one trace header, by which Lambda counts."""
    ids = stage.tell(2)
    take(stage.queues, "email")
    stage.adapter.script = unavailable()
    worn_out = [message(each, receives=MAX_RECEIVES) for each in ids]
    assert handle(stage, [replace(worn_out[0], attributes={"turns": "4"}), worn_out[1]]) == []
    assert [each.attributes["turns"] for each in take(stage.queues, "email")] == ["5", "5"]


def test_a_worn_out_message_stays_where_no_fresh_one_can_take_its_place(stage: Stage) -> None:
    (delivery_id,) = stage.tell()
    stage.adapter.script = unavailable()
    gone = {**stage.queues.urls, "email": stage.queues.urls["email"] + "-gone"}
    client = stage.queues.client
    stage.queues = Queues(lambda: client, gone)
    worn_out = message(delivery_id, receives=MAX_RECEIVES)
    assert handle(stage, [worn_out]) == [worn_out.id]


def test_a_message_that_comes_early_waits_for_the_rest_of_the_delay(stage: Stage) -> None:
    (delivery_id,) = stage.tell()
    stage.adapter.script = unavailable(retry_after=500)
    handle(stage, [message(delivery_id)])
    early = message(delivery_id)
    assert handle(stage, [early]) == [early.id]
    assert len(stage.adapter.batches) == 1
