"""Daily: compare what was accepted with what is stored."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from owlpost.wiring.audit import audit
from owlpost.wiring.mail import alerts


def handler(_event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Return the balance. A metric and its alarm follow it; the log names the ids that are off balance."""
    with alerts().on_failure("audit"):
        return audit().check_daily().model_dump(mode="json")
