"""The guard against mass death: too many dead tokens say more about the provider, or about us, than about the phones."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from owlpost.channels.mobile_push.death_guard import guard
from owlpost.channels.mobile_push.verdict import Push, PushVerdict, unanswered
from owlpost.channels.per_destination import TargetOutcome
from owlpost.domain.errors import TransientFault
from owlpost.domain.mass_death import DOUBT_LASTS, WINDOW, Deaths, Tally
from owlpost.domain.messages import Delivery, Device, Notification

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
NO_TRIES = Tally()
DELIVERED = PushVerdict(TargetOutcome.DELIVERED, None, 200, "apns-id-1")
UNREGISTERED = PushVerdict(TargetOutcome.DEAD, "Unregistered", 410, dead_since=NOW)
MALFORMED = PushVerdict(TargetOutcome.DEAD, "BadDeviceToken", 400, dead_since=NOW)


def push(verdict: PushVerdict, doubted_at: datetime | None = None) -> Push:
    notification = Notification(uuid4(), "feedback.new", "t", None, None, {}, None, uuid4(), NOW)
    device = Device(uuid4(), "ios", "ab" * 32, "production", NOW - timedelta(days=1), doubted_at)
    return Push(Delivery(uuid4(), uuid4(), notification, devices=(device,)), device, verdict=verdict)


def pushes(
    *, dead: int, alive: int, doubted_at: datetime | None = None, verdict: PushVerdict = UNREGISTERED
) -> list[Push]:
    return [push(verdict, doubted_at) for _ in range(dead)] + [push(DELIVERED) for _ in range(alive)]


def judged(batch: list[Push], recent: Tally = NO_TRIES) -> Deaths:
    return guard("ios", batch, recent=recent, now=NOW)


def test_a_few_dead_tokens_are_believed_even_if_they_are_most_of_a_batch() -> None:
    assert judged(pushes(dead=9, alive=0)) == Deaths("ios", Tally(9, 9))


def test_many_dead_tokens_are_believed_if_they_are_at_most_a_fifth() -> None:
    assert judged(pushes(dead=20, alive=80)).doubted == ()


def test_more_than_a_fifth_dead_is_doubted_and_each_is_asked_again() -> None:
    batch = pushes(dead=20, alive=79)
    deaths = judged(batch)
    assert deaths == Deaths("ios", Tally(99, 20), tuple(each.device.id for each in batch[:20]))
    verdicts = [each.verdict for each in batch[:20] if each.verdict]
    assert {verdict.outcome for verdict in verdicts} == {TargetOutcome.TRANSIENT}
    assert {verdict.dead_since for verdict in verdicts} == {None}
    assert {(verdict.fault.reason, verdict.fault.counts) for verdict in verdicts if verdict.fault} == {
        ("mass_dead_tokens", False)
    }
    assert [each.verdict for each in batch[20:]] == [DELIVERED] * 79


def test_one_dead_token_is_doubted_if_other_batches_had_too_many() -> None:
    assert len(judged(pushes(dead=1, alive=0), recent=Tally(tried=40, dead=10)).doubted) == 1


def test_one_dead_token_is_believed_after_many_living_ones() -> None:
    assert judged(pushes(dead=1, alive=0), recent=Tally(tried=1_000, dead=100)).doubted == ()


def test_what_was_not_answered_or_not_asked_is_no_try() -> None:
    skipped = PushVerdict(TargetOutcome.SKIPPED, "no_apns_key")
    silent = unanswered(TransientFault("timeout"))
    assert judged([push(skipped), push(silent), push(DELIVERED)]).tally == Tally(1, 0)


@pytest.mark.parametrize(
    ("age", "verdict", "believed"),
    [
        (WINDOW, UNREGISTERED, True),
        (timedelta(hours=5), UNREGISTERED, True),
        (WINDOW - timedelta(seconds=1), UNREGISTERED, False),
        (DOUBT_LASTS + timedelta(seconds=1), UNREGISTERED, False),
        (WINDOW, MALFORMED, False),
    ],
)
def test_a_wave_of_truly_dead_tokens_ends_by_the_providers_second_word_ten_minutes_later(
    age: timedelta,
    verdict: PushVerdict,
    believed: bool,  # noqa: FBT001 (a row of the table above)
) -> None:
    deaths = judged(pushes(dead=30, alive=5, doubted_at=NOW - age, verdict=verdict))
    assert (deaths.tally.dead, len(deaths.doubted)) == ((0, 0) if believed else (30, 30))


@given(dead=st.integers(0, 60), alive=st.integers(0, 60), recent=st.tuples(st.integers(0, 300), st.integers(0, 300)))
def test_what_is_retired_without_doubt_never_exceeds_a_fifth_of_all_tries(
    dead: int, alive: int, recent: tuple[int, int]
) -> None:
    before = Tally(tried=sum(recent), dead=recent[1])
    batch = pushes(dead=dead, alive=alive)
    deaths = judged(batch, before)
    total = before + deaths.tally
    assert deaths.tally == Tally(dead + alive, dead)
    assert len(deaths.doubted) in {0, dead}
    if dead and not deaths.doubted:
        assert total.dead < 10 or total.dead * 5 <= total.tried
