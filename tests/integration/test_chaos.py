"""Workers die, Postgres crashes, SQS and the providers fail: nothing is lost, nobody is told twice."""

import pytest

from tests.chaos.run import run


@pytest.mark.takes_long(
    "faults rage for six seconds, and leases and visibility timeouts of dead workers end after some more"
)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_nothing_is_lost_and_nobody_told_twice_whatever_fails(seed: int) -> None:
    report = run(seed, seconds=6.0)
    assert report.problems == []
    assert report.injected
