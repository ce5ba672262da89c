"""A job of the system has ended: its runner says so, and the operator is mailed where it ended badly."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import ValidationError

from owlpost.domain.invalid import invalid_request
from owlpost.producers.system_job import SystemJobEnded
from owlpost.wiring.mail import alerts


def handler(event: Any, _context: LambdaContext) -> dict[str, Any]:
    """An event that cannot be taken raises, naming the field, and so does a mail that could not be sent: ask again."""
    try:
        job = SystemJobEnded.model_validate(event)
    except ValidationError as error:
        raise invalid_request(error, whole="event") from None
    return {"alerted": alerts().report(job)}
