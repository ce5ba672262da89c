"""Every ten minutes, where an installation has chosen it: send a canary, and say whether the last one came through."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic_core import to_jsonable_python

from owlpost.wiring.canary import canary


def handler(event: dict[str, Any], context: LambdaContext) -> Any:
    """Return the request and the verdicts about the canary before. A run that is repeated for its time sends no other one."""
    return to_jsonable_python(canary().send(run=str(event.get("time") or context.aws_request_id)))
