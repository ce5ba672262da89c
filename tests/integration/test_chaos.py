"""Workers die or sleep, Postgres crashes, SQS and the providers fail: nothing is lost, nobody is told twice."""

import pytest

from tests.chaos.destinations import CHANNELS
from tests.chaos.run import run
from tests.chaos.worker_faults import CHANNEL_WORKERS


@pytest.mark.takes_long(
    "faults rage for six seconds, and leases and visibility timeouts of dead workers end after some more"
)
@pytest.mark.parametrize("seed", [1, 2, 5])  # the last on the second emulator of SQS
def test_nothing_is_lost_and_nobody_told_twice_whatever_fails(seed: int) -> None:
    report = run(seed, seconds=6.0)
    assert report.problems == []
    assert report.injected
    assert all(report.deliveries[f"{each.key} sent"] for each in CHANNELS)


@pytest.mark.takes_long("an hour passes in some seconds, and a thousand notifications are delivered")
def test_an_hour_asleep_in_the_middle_of_traffic_loses_nothing_and_doubles_nothing() -> None:
    report = run(1, seconds=6.0, only={"sleep_an_hour"})
    assert report.problems == []
    assert report.injected["sandboxes: asleep for an hour, all connections cut"] > len(CHANNEL_WORKERS)
    # a busy machine may give a worker too little time, which then dies after a push: that one takes the place of the first
    assert report.repeats.keys() <= {"worker died before the record"}
