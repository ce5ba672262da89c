"""What is mailed at once and by itself: the bad end of a job to the operator, and a changed role to its person."""

from typing import Any, TypeVar

from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import BaseModel, ValidationError

from owlpost.domain.invalid import invalid_request
from owlpost.producers.member_role import RoleMail
from owlpost.producers.system_job import SystemJobEnded
from owlpost.wiring.mail import alerts, security_mail

Model = TypeVar("Model", bound=BaseModel)


def handler(event: Any, _context: LambdaContext) -> dict[str, Any]:
    """Return whether an alert was needed, or a member was mailed.

    Raises InvalidRequest naming the field, and Unavailable: then invoke it again.
    """
    if isinstance(event, dict) and "member_role_changed" in event:
        return {"mailed": security_mail().role_changed(_parsed(RoleMail, event["member_role_changed"]))}
    return {"alerted": alerts().report(_parsed(SystemJobEnded, event))}


def _parsed(model: type[Model], value: object) -> Model:
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise invalid_request(error, whole="event") from None
