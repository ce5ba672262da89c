"""What all requests and answers share, and those of no noun."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, WithJsonSchema


def moment(value: datetime) -> str:
    """UTC with exactly three fractional digits and Z."""
    utc = value.astimezone(UTC)
    return f"{utc:%Y-%m-%dT%H:%M:%S}.{utc.microsecond // 1000:03}Z"


Moment = Annotated[
    datetime, PlainSerializer(moment), WithJsonSchema({"type": "string", "format": "date-time"}, mode="serialization")
]
#: Bodies are strict, so that "yes" is no boolean; an id comes as a string whatever is done.
IdText = Annotated[UUID, Field(strict=False)]
#: The document names the format; the services decide what is an address, as they trim before they look.
EmailText = Annotated[str, Field(json_schema_extra={"format": "email"})]


class Stated(BaseModel):
    """What a client sends. Fields we do not know are passed by."""

    model_config = ConfigDict(strict=True, defer_build=True)  # at the first request that carries one


class Answer(BaseModel):
    """What a client gets, read from our own objects by attribute."""

    model_config = ConfigDict(from_attributes=True, defer_build=True)


class FieldProblem(Answer):
    field: str
    problem: str


class Problem(Answer):
    """Any refusal: one clear sentence, and the fields it is about."""

    error: str
    details: list[FieldProblem] | None = None


class Success(Answer):
    success: bool = True


class Health(Answer):
    status: str = "ok"
