"""Every few minutes, where a wakeup asks for it: queue again what is stuck."""

from datetime import timedelta
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from owlpost.services.schedules.sweep import GRACE
from owlpost.wiring.mail import alerts
from owlpost.wiring.sweep import sweep


def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """A schedule sweeps only if it is woken; who invokes this by hand means it.

    `grace_seconds` in the event shortens how long a delivery may be pending, for an operator who knows that nothing runs.
    """
    grace = timedelta(seconds=event.get("grace_seconds", GRACE.total_seconds()))
    with alerts().on_failure("sweep"):
        swept = sweep().run_if_woken() if "schedule" in event else sweep().run(grace=grace)
    return {"deliveries": swept.deliveries, "chunks": swept.chunks}
