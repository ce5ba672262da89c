"""What a schedule hands to its function: on AWS by the stack's template and Scheduler's own time, here by the engine."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from infra.local.runtime.engine import scheduled
from infra.topology.plan import topology


@pytest.mark.parametrize("zone", [UTC, timezone(timedelta(hours=2))])
def test_a_scheduled_function_is_told_what_scheduler_tells_it(zone: timezone) -> None:
    """The form of `<aws.scheduler.scheduled-time>`, in the docs of EventBridge Scheduler: 2022-03-22T18:59:43Z."""
    (sweep,) = (each for each in topology().schedules if each.name == "sweep")
    moment = datetime(2022, 3, 22, 18, 59, 43, 250, tzinfo=UTC).astimezone(zone)
    assert scheduled(sweep, moment) == {"schedule": "sweep", "time": "2022-03-22T18:59:43Z"}
