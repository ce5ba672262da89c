"""Daily: sweep without waiting for a wakeup, then delete rows that are past their retention."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from owlpost.wiring.cleanup import cleanup
from owlpost.wiring.mail import alerts


def handler(_event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    with alerts().on_failure("cleanup"):
        return {"deleted": cleanup().run()}
