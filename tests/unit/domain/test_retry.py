import pytest
from hypothesis import given
from hypothesis import strategies as st

from owlpost.domain.errors import TransientFault
from owlpost.domain.retry import GiveUp, RetryBounds, TryAgain, decide, full_jitter

ages = st.floats(0, 1e7)
attempts = st.integers(0, 10_000)
waits = st.none() | st.floats(0, 1e6)
bounds_of_any_kind = st.builds(
    RetryBounds,
    max_attempts=st.integers(1, 50),
    base_seconds=st.floats(0.1, 60),
    cap_seconds=st.floats(1, 3_600),
    patience_seconds=st.floats(0, 1e5),
    deadline_seconds=st.floats(1, 1e6),
)
BOUNDS = RetryBounds(max_attempts=4, base_seconds=10, cap_seconds=60, patience_seconds=100, deadline_seconds=1_000)


def most(ceiling: float) -> float:
    return ceiling


def least(_ceiling: float) -> float:
    return 0.0


def fault(retry_after: float | None = None) -> TransientFault:
    return TransientFault("unavailable", retry_after=retry_after)


@given(attempts=attempts, past=st.floats(0, 1e6), wait=waits, bounds=bounds_of_any_kind)
def test_nothing_is_tried_again_past_its_deadline(
    attempts: int, past: float, wait: float | None, bounds: RetryBounds
) -> None:
    age = bounds.deadline_seconds + past
    decision = decide(fault(wait), attempts=attempts, age_seconds=age, bounds=bounds, jitter=most)
    assert decision == GiveUp("deadline_exceeded")


@given(attempts=attempts, age=ages, wait=waits, bounds=bounds_of_any_kind)
def test_the_delay_lies_between_what_the_provider_asked_for_and_the_cap_beyond_it(
    attempts: int, age: float, wait: float | None, bounds: RetryBounds
) -> None:
    decisions = [
        decide(fault(wait), attempts=attempts, age_seconds=age, bounds=bounds, jitter=jitter)
        for jitter in (least, most, full_jitter)
    ]
    delays = [each.delay_seconds for each in decisions if isinstance(each, TryAgain)]
    assert len(delays) in {0, 3}
    for delay in delays:
        assert delays[0] <= delay <= delays[1]
        assert (wait or 0) <= delay <= (wait or 0) + bounds.cap_seconds


@given(attempts=attempts, age=ages, bounds=bounds_of_any_kind)
def test_a_delivery_ends_only_when_attempts_and_patience_are_both_used_up_or_time_is(
    attempts: int, age: float, bounds: RetryBounds
) -> None:
    decision = decide(fault(), attempts=attempts, age_seconds=age, bounds=bounds, jitter=full_jitter)
    tired = attempts >= bounds.max_attempts and age >= bounds.patience_seconds
    assert isinstance(decision, GiveUp) == (tired or age >= bounds.deadline_seconds)


@given(ceiling=st.floats(0, 1e6))
def test_full_jitter_draws_from_nothing_to_the_ceiling(ceiling: float) -> None:
    assert 0 <= full_jitter(ceiling) <= ceiling


def test_full_jitter_spreads_what_failed_together() -> None:
    draws = [full_jitter(100) for _ in range(1_000)]
    assert min(draws) < 10
    assert max(draws) > 90


def test_the_ceiling_doubles_with_each_attempt_up_to_the_cap() -> None:
    delays = [
        decide(fault(), attempts=attempts, age_seconds=0, bounds=BOUNDS, jitter=most) for attempts in (1, 2, 3, 4, 100)
    ]
    assert delays == [TryAgain(10), TryAgain(20), TryAgain(40), TryAgain(60), TryAgain(60)]


def test_an_outage_shorter_than_our_patience_ends_nothing() -> None:
    young = decide(fault(), attempts=50, age_seconds=99, bounds=BOUNDS, jitter=least)
    old = decide(fault(), attempts=4, age_seconds=100, bounds=BOUNDS, jitter=least)
    assert isinstance(young, TryAgain)
    assert old == GiveUp("attempts_exhausted")


def test_a_batch_that_was_told_when_to_come_back_does_not_come_back_as_one() -> None:
    delays = {decide(fault(30), attempts=1, age_seconds=0, bounds=BOUNDS, jitter=full_jitter) for _ in range(20)}
    assert len(delays) > 1


@pytest.mark.parametrize(
    ("reason", "seconds"),
    [
        ("TooManyProviderTokenUpdates", 1_200),
        ("TooManyRequests", 60),
        ("QUOTA_EXCEEDED", 60),
        ("RESOURCE_EXHAUSTED", 60),
        ("rate_limited", 60),
        ("InternalServerError", 120),
        ("ServiceUnavailable", 120),
        ("Shutdown", 120),
        ("UNAVAILABLE", 10),
    ],
)
def test_a_reason_without_a_wait_of_the_provider_has_a_least_wait(reason: str, seconds: float) -> None:
    decision = decide(TransientFault(reason), attempts=0, age_seconds=0, bounds=BOUNDS, jitter=least)
    assert decision == TryAgain(seconds)


def test_what_the_provider_says_goes_before_the_table() -> None:
    asked = TransientFault("QUOTA_EXCEEDED", retry_after=5)
    assert decide(asked, attempts=0, age_seconds=0, bounds=BOUNDS, jitter=least) == TryAgain(5)


@pytest.mark.parametrize(("reason", "most_tries"), [("TooManyProviderTokenUpdates", 73), ("TooManyRequests", 1_440)])
def test_a_day_of_refusals_without_retry_after_takes_few_tries(reason: str, most_tries: int) -> None:
    """Such a fault uses up no attempt, so that the ceiling of the jitter stays low for all of the day."""
    fault_of_the_day, age, tries = TransientFault(reason, counts=False), 0.0, 0
    while isinstance(
        decision := decide(fault_of_the_day, attempts=1, age_seconds=age, bounds=RetryBounds(), jitter=full_jitter),
        TryAgain,
    ):
        age, tries = age + decision.delay_seconds, tries + 1
    assert tries <= most_tries


@given(held=st.floats(0, 1e6), past=st.floats(0, 1e6))
def test_the_time_in_which_its_provider_was_paused_does_not_age_a_delivery(held: float, past: float) -> None:
    age = held + min(past, BOUNDS.deadline_seconds / 2)
    decision = decide(fault(), attempts=0, age_seconds=age, held_seconds=held, bounds=BOUNDS, jitter=most)
    assert isinstance(decision, TryAgain)
