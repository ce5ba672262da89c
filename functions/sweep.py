"""Every few minutes, if a wakeup asks for it: queue stuck work again."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from owlpost.domain import sweep_order
from owlpost.wiring.mail import alerts
from owlpost.wiring.sweep import sweep


def handler(event: Any, _context: LambdaContext) -> dict[str, Any]:
    """On a schedule, sweep only if a wakeup is waiting; a manual invoke always sweeps.

    `grace_seconds` in the event shortens how long a delivery may be pending, for an operator who knows that nothing runs.
    Raises InvalidRequest naming the field for any other event.
    """
    order = sweep_order.parse(event)
    with alerts().on_failure("sweep"):
        swept = sweep().run_if_woken() if order.schedule is not None else sweep().run(grace=order.grace)
    return {"deliveries": swept.deliveries, "chunks": swept.chunks}
