"""Daily: whether what was accepted is what was told."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from owlpost.wiring.audit import audit
from owlpost.wiring.mail import alerts


def handler(_event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Answer with the balance, by which a metric and its alarm go; the ids that are off stand in the log."""
    with alerts().on_failure("audit"):
        return audit().check_daily().model_dump(mode="json")
