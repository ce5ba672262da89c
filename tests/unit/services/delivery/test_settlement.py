from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from owlpost.db.delivery.claim import Claimed
from owlpost.domain.errors import TransientFault
from owlpost.domain.messages import Delivery, Notification
from owlpost.domain.outcomes import DeadDevice, Failed, Outcome, Retry, Sent, Skipped
from owlpost.domain.retry import RetryBounds, full_jitter
from owlpost.services.delivery.attempt_log import HISTORY
from owlpost.services.delivery.settlement import Done, GiveUpMessage, Postpone, Settlement, Settling

NOW = datetime(2026, 11, 2, 6, tzinfo=UTC)
BOUNDS = RetryBounds(max_attempts=3, base_seconds=10, cap_seconds=60, patience_seconds=100, deadline_seconds=1_000)
#: When the worker claimed: a batch that was frozen then has not been called before.
CLAIMED_AT = NOW - timedelta(seconds=1)
FRESH, EARLIER = uuid4(), uuid4()
CLEAR = TransientFault("rate_limited", counts=False)
AMBIGUOUS = TransientFault("timeout", ambiguous=True)
WHOLE = TransientFault("rejected_whole", by_halves=True)
SETTLING = Settling(BOUNDS, NOW, claimed_at=CLAIMED_AT, jitter=lambda ceiling: ceiling)


def claimed(*, age: float = 5, attempts: int = 1, batch_id: UUID | None = FRESH, **metadata: object) -> Claimed:
    created_at = NOW - timedelta(seconds=age)
    notification = Notification(uuid4(), "feedback.new", "New", None, None, {}, None, uuid4(), created_at)
    return Claimed(
        delivery=Delivery(uuid4(), uuid4(), notification, metadata=metadata),
        attempts=attempts,
        created_at=created_at,
        skip=None,
        batch_id=batch_id,
        batch_size=1 if batch_id else None,
        batched_at={FRESH: CLAIMED_AT, EARLIER: created_at, None: None}[batch_id],
    )


def settled(attempt: Claimed, outcome: Outcome) -> Settlement:
    (settlement,) = SETTLING.settle_all([attempt], {attempt.delivery.id: outcome})
    return settlement


@pytest.mark.parametrize(
    ("outcome", "status", "error"),
    [
        (Sent(), "sent", None),
        (Skipped("no_device"), "skipped", "no_device"),
        (Failed("BadTopic"), "failed", "BadTopic"),
    ],
)
def test_what_has_ended_is_recorded_so_and_its_message_is_done(
    outcome: Outcome, status: str, error: str | None
) -> None:
    settlement = settled(claimed(), outcome)
    assert (settlement.status, settlement.row.error, settlement.fate) == (status, error, Done())
    assert settlement.row.next_attempt_in is None
    assert settlement.metric == status.capitalize()
    assert settlement.seconds_to_deliver == 5


def test_what_is_to_be_tried_again_stays_pending_and_comes_back_when_the_policy_says() -> None:
    settlement = settled(claimed(attempts=2), Retry(TransientFault("unavailable", retry_after=7)))
    assert settlement.status == "pending"
    assert settlement.metric == "Retried"
    assert settlement.fate == Postpone(27)
    assert settlement.row.next_attempt_in == 27
    assert settlement.row.error == "unavailable"


@pytest.mark.parametrize(
    ("age", "reason"), [(100, "attempts_exhausted: unavailable"), (1_000, "deadline_exceeded: unavailable")]
)
def test_a_transient_fault_past_the_bounds_fails_it_and_leaves_a_dead_letter(age: float, reason: str) -> None:
    settlement = settled(claimed(age=age, attempts=3), Retry(TransientFault("unavailable")))
    assert (settlement.status, settlement.row.error) == ("failed", "unavailable")
    assert settlement.fate == GiveUpMessage(reason)


@pytest.mark.parametrize("age", [100, 1_000])
def test_a_push_that_one_device_has_ends_sent_when_another_device_is_given_up(age: float) -> None:
    outcome = Retry(TransientFault("unavailable"), reached=True)
    settlement = settled(claimed(age=age, attempts=3, batch_id=None), outcome)
    assert (settlement.status, settlement.row.error, settlement.fate) == ("sent", None, Done())


def test_what_one_destination_may_have_is_unknown_when_another_is_given_up() -> None:
    settlement = settled(claimed(age=1_000, batch_id=None), Retry(CLEAR, unknown=True))
    assert (settlement.status, settlement.row.error) == ("failed", "outcome_unknown")


def test_an_ambiguous_fault_past_the_bounds_is_an_outcome_nobody_knows() -> None:
    settlement = settled(claimed(age=1_000), Retry(AMBIGUOUS))
    assert settlement.row.error == "outcome_unknown"
    assert settlement.fate == GiveUpMessage("deadline_exceeded: outcome_unknown")


def test_without_a_frozen_batch_an_ambiguous_fault_ends_by_its_own_name() -> None:
    settlement = settled(claimed(age=1_000, batch_id=None), Retry(AMBIGUOUS))
    assert settlement.row.error == "timeout"


@pytest.mark.parametrize(
    ("fault", "batch_id", "keeps"),
    [
        (CLEAR, FRESH, False),
        (AMBIGUOUS, FRESH, True),
        (CLEAR, EARLIER, True),
        (AMBIGUOUS, EARLIER, True),
        (CLEAR, None, False),
    ],
    ids=["refused at once", "perhaps accepted", "perhaps accepted before", "never known", "no batch"],
)
def test_a_batch_stays_frozen_once_the_provider_may_have_accepted_it(
    fault: TransientFault, batch_id: UUID | None, *, keeps: bool
) -> None:
    settlement = settled(claimed(batch_id=batch_id), Retry(fault))
    assert settlement.row.keeps_batch is keeps


def test_a_fault_that_says_nothing_against_the_delivery_uses_up_no_attempt() -> None:
    assert settled(claimed(), Retry(CLEAR)).row.counts is False
    assert settled(claimed(), Retry(AMBIGUOUS)).row.counts is True


def test_the_log_keeps_what_earlier_attempts_recorded_and_adds_this_one() -> None:
    earlier = claimed(attempts=2, history=[{"attempt": 1}], devices={"a": "sent"})
    row = settled(earlier, Sent({"provider_id": "7"})).row
    assert row.attempt_metadata == {
        "devices": {"a": "sent"},
        "provider_id": "7",
        "history": [
            {"attempt": 1},
            {"at": NOW.isoformat(), "attempt": 2, "status": "sent", "reason": None, "batch_id": str(FRESH)},
        ],
    }


def test_the_log_says_which_attempts_were_ambiguous() -> None:
    metadata = settled(claimed(), Retry(AMBIGUOUS)).row.attempt_metadata
    assert isinstance(metadata, dict)
    assert metadata["history"][-1]["ambiguous"] is True


@pytest.mark.parametrize("history", [list(range(50)), "scribble", None])
def test_the_log_keeps_the_latest_of_a_long_story_and_bears_what_is_none(history: object) -> None:
    metadata = settled(claimed(history=history), Sent()).row.attempt_metadata
    assert isinstance(metadata, dict)
    assert len(metadata["history"]) == (HISTORY if isinstance(history, list) else 1)
    assert metadata["history"][-1]["status"] == "sent"


@pytest.mark.parametrize("outcome", [Sent(), Skipped("no_device"), Failed("dead"), Retry(AMBIGUOUS)])
def test_dead_devices_are_passed_on_whatever_became_of_the_delivery(
    outcome: Sent | Skipped | Failed | Retry,
) -> None:
    dead = (DeadDevice(uuid4(), NOW),)
    assert settled(claimed(), replace(outcome, dead_devices=dead)).dead_devices == dead


def test_the_members_of_a_frozen_batch_come_back_together() -> None:
    members = [claimed(age=age, attempts=attempts, batch_id=EARLIER) for age, attempts in ((5, 1), (2_000, 9), (50, 4))]
    settling = replace(SETTLING, jitter=full_jitter)
    settlements = settling.settle_all(members, dict.fromkeys((each.delivery.id for each in members), Retry(AMBIGUOUS)))
    assert {settlement.status for settlement in settlements} == {"pending"}
    assert len({settlement.fate for settlement in settlements}) == 1


def test_deliveries_of_no_batch_each_go_their_own_pace() -> None:
    old, young = claimed(age=2_000, batch_id=None), claimed(batch_id=None)
    outcomes: dict[UUID, Outcome] = {each.delivery.id: Retry(AMBIGUOUS) for each in (old, young)}
    assert [each.status for each in SETTLING.settle_all([old, young], outcomes)] == ["failed", "pending"]


def refused_whole(*members: Claimed) -> list[Settlement]:
    return SETTLING.settle_all(members, {each.delivery.id: Retry(WHOLE) for each in members})


def test_a_batch_that_is_refused_whole_is_frozen_anew_in_halves() -> None:
    rows = [settlement.row for settlement in refused_whole(*(claimed() for _ in range(5)))]
    assert {row.keeps_batch for row in rows} == {False}
    assert [row.batch_size for row in rows] == [2, 2, 3, 3, 3]
    batches = [row.batch_id for row in rows]
    assert (len(set(batches[:2])), len(set(batches[2:])), len(set(batches))) == (1, 1, 2)
    assert FRESH not in batches


def test_halving_uses_up_no_attempt_and_gives_nobody_up_for_the_attempts_before() -> None:
    members = [claimed(age=200, attempts=9) for _ in range(2)]
    assert [settlement.fate for settlement in refused_whole(*members)] == [Postpone(10)] * 2
    assert [settlement.row.counts for settlement in refused_whole(*members)] == [False] * 2


def test_past_its_deadline_a_batch_that_is_refused_whole_is_given_up() -> None:
    settlements = refused_whole(claimed(age=1_000), claimed(age=1_000))
    assert {settlement.fate for settlement in settlements} == {GiveUpMessage("deadline_exceeded: rejected_whole")}


def test_a_batch_that_may_have_been_accepted_before_is_never_halved() -> None:
    for settlement in refused_whole(claimed(batch_id=EARLIER), claimed(batch_id=EARLIER)):
        assert (settlement.row.keeps_batch, settlement.row.counts) == (True, True)
        assert settlement.row.batch_id is None


def test_those_who_were_told_take_no_part_in_the_halves_of_the_others() -> None:
    told, *others = [claimed() for _ in range(3)]
    outcomes: dict[UUID, Outcome] = {each.delivery.id: Retry(WHOLE) for each in others}
    outcomes[told.delivery.id] = Sent()
    assert [each.row.batch_size for each in SETTLING.settle_all([told, *others], outcomes)] == [None, 1, 1]
