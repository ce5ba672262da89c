"""A sandbox arms at most once a minute, and again at once where the queue did not take it."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

import pytest
from botocore.exceptions import EndpointConnectionError

from owlpost.domain.queue_names import WAKEUP
from owlpost.queue import Queues
from owlpost.services.wakeup import BODY, COALESCED, DELAY, Wakeup
from tests.support.clock import FakeClock

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


class Sqs:
    """Notes what it takes, and can be away."""

    def __init__(self) -> None:
        self.taken: list[dict[str, Any]] = []
        self.away = False

    def send_message_batch(self, **call: Any) -> dict[str, Any]:
        if self.away:
            raise EndpointConnectionError(endpoint_url="https://sqs.example")
        self.taken += call["Entries"]
        return {}


@pytest.fixture
def sqs() -> Sqs:
    return Sqs()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(datetime(2026, 3, 1, tzinfo=UTC))


@pytest.fixture
def wakeup(sqs: Sqs, clock: FakeClock) -> Wakeup:
    return Wakeup(Queues(lambda: cast("SQSClient", sqs), {WAKEUP: "https://sqs.example/wakeup"}), clock)


def test_a_sandbox_arms_at_most_once_a_minute(wakeup: Wakeup, sqs: Sqs, clock: FakeClock) -> None:
    for _ in range(60):
        wakeup.arm()
        clock.advance(seconds=1)
    assert sqs.taken == [{"Id": "0", "MessageBody": BODY, "DelaySeconds": DELAY.total_seconds()}]
    wakeup.arm()
    assert len(sqs.taken) == 2


def test_an_arm_that_failed_uses_up_no_minute_and_is_counted(
    wakeup: Wakeup, sqs: Sqs, clock: FakeClock, capsys: pytest.CaptureFixture[str]
) -> None:
    sqs.away = True
    wakeup.arm()
    assert '"WakeupNotArmed"' in capsys.readouterr().out
    sqs.away = False
    wakeup.arm()
    assert len(sqs.taken) == 1
    clock.advance(seconds=COALESCED.total_seconds() - 1)
    wakeup.arm()
    assert len(sqs.taken) == 1


def test_a_clock_that_is_set_back_arms_rather_than_not(wakeup: Wakeup, sqs: Sqs, clock: FakeClock) -> None:
    wakeup.arm()
    clock.advance(hours=-1)
    wakeup.arm()
    assert len(sqs.taken) == 2
