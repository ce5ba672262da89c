"""A job of the system has ended: mail the operator if it failed or was cancelled."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import ValidationError

from owlpost.domain.invalid import invalid_request
from owlpost.producers.system_job import SystemJobEnded
from owlpost.wiring.mail import alerts


def handler(event: Any, _context: LambdaContext) -> dict[str, Any]:
    """Return whether an alert was needed. Raises InvalidRequest naming the field, and Unavailable: then invoke it again."""
    try:
        job = SystemJobEnded.model_validate(event)
    except ValidationError as error:
        raise invalid_request(error, whole="event") from None
    return {"alerted": alerts().report(job)}
