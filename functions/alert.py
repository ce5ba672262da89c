"""A job of the system has ended: its runner says so, and the operator is mailed where it ended badly."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import ValidationError

from owlpost.domain.errors import InvalidRequest
from owlpost.producers.system_job import SystemJobEnded
from owlpost.wiring.mail import alerts


def handler(event: Any, _context: LambdaContext) -> dict[str, Any]:
    """An event that cannot be taken raises, naming the field, and so does a mail that could not be sent: ask again."""
    try:
        job = SystemJobEnded.model_validate(event)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        raise InvalidRequest(".".join(map(str, first["loc"])) or "event", first["msg"]) from None
    return {"alerted": alerts().report(job)}
