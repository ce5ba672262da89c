"""Calls keep to the rate limit: by waiting where there is time, else by coming back later."""

from dataclasses import dataclass, field

import pytest

from owlpost.channels.email.pacing import Pacer
from owlpost.domain.errors import TransientFault


@dataclass
class Time:
    """A clock that only sleeping moves."""

    now: float = 1_000.0
    slept: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def pacer(self, calls_per_second: float = 2.0, *, spare: int = 0) -> Pacer:
        return Pacer(calls_per_second, spare=spare, clock=lambda: self.now, sleep=self.sleep)


def test_the_first_call_goes_at_once_and_the_next_ones_apart() -> None:
    time = Time()
    pacer = time.pacer(calls_per_second=2)
    for _ in range(3):
        pacer.wait(within=10)
    assert time.slept == [0.5, 0.5]


def test_a_call_after_a_pause_does_not_wait() -> None:
    time = Time()
    pacer = time.pacer()
    pacer.wait(within=10)
    time.now += 60
    pacer.wait(within=10)
    assert time.slept == []


def test_a_wait_past_the_deadline_is_a_rate_limit_that_says_when() -> None:
    time = Time()
    pacer = time.pacer()
    pacer.observe({"retry-after": "30"})
    with pytest.raises(TransientFault) as raised:
        pacer.wait(within=10)
    fault = raised.value
    assert (fault.reason, fault.retry_after, fault.counts, fault.ambiguous) == ("rate_limited", 30.0, False, False)
    assert time.slept == []


@pytest.mark.parametrize(("earlier", "within"), [(0, -1.0), (1, 0.2)], ids=["no time is left", "our own pace"])
def test_a_batch_that_ran_out_of_time_is_not_said_to_be_over_the_providers_limit(earlier: int, within: float) -> None:
    time = Time()
    pacer = time.pacer(calls_per_second=2)
    pacer.observe({"retry-after": "3"})
    time.now += 3  # what the provider asked for is over
    for _ in range(earlier):
        pacer.wait(within=10)
    with pytest.raises(TransientFault) as raised:
        pacer.wait(within=within)
    fault = raised.value
    assert (fault.reason, fault.counts, fault.ambiguous) == ("out_of_time", False, False)


def test_a_turn_that_was_not_taken_delays_nobody() -> None:
    time = Time()
    pacer = time.pacer(calls_per_second=1)
    with pytest.raises(TransientFault):
        pacer.wait(within=-1)
    pacer.wait(within=10)
    assert time.slept == []


def test_when_nothing_remains_calls_wait_for_the_reset() -> None:
    time = Time()
    pacer = time.pacer(calls_per_second=100)
    pacer.wait(within=10)
    pacer.observe({"ratelimit-remaining": "0", "ratelimit-reset": "1"})
    pacer.wait(within=10)
    assert time.slept == [1.0]


def test_while_something_remains_the_reset_is_not_waited_for() -> None:
    time = Time()
    pacer = time.pacer(calls_per_second=100)
    pacer.observe({"ratelimit-remaining": "4", "ratelimit-reset": "1"})
    pacer.wait(within=10)
    assert time.slept == []


def answer(remaining: int, *, reset: int = 1) -> dict[str, str]:
    return {"ratelimit-remaining": str(remaining), "ratelimit-reset": str(reset)}


def test_a_windows_first_answer_says_most_exactly_when_it_ends() -> None:
    time = Time()
    pacer = time.pacer(calls_per_second=5)
    for remaining in (2, 1, 0):
        pacer.wait(within=10)
        pacer.observe(answer(remaining))
    begun = time.now - 0.4
    pacer.wait(within=10)
    assert time.now == pytest.approx(begun + 1)


def test_an_answer_of_the_next_window_is_not_measured_by_the_last_one() -> None:
    time = Time()
    pacer = time.pacer(calls_per_second=5)
    pacer.observe(answer(1))
    time.now += 0.9
    pacer.observe(answer(4))
    pacer.observe(answer(0))
    began = time.now
    pacer.wait(within=10)
    assert time.now == pytest.approx(began + 1)


def test_the_last_calls_of_a_window_are_left_to_the_other_workers() -> None:
    time = Time()
    pacer = time.pacer(calls_per_second=5, spare=1)
    pacer.wait(within=10)
    pacer.observe(answer(2))
    pacer.wait(within=10)
    assert time.slept == [pytest.approx(0.2)]
    pacer.observe(answer(1))
    pacer.wait(within=10)
    assert time.slept[1:] == [pytest.approx(0.8)]
