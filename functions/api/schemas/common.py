"""Models and types that the requests and responses of several nouns share."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainSerializer, WithJsonSchema

from owlpost.domain.text import one_line


def moment(value: datetime) -> str:
    """Return the time in UTC, with exactly three fractional digits and Z."""
    utc = value.astimezone(UTC)
    return f"{utc:%Y-%m-%dT%H:%M:%S}.{utc.microsecond // 1000:03}Z"


Moment = Annotated[
    datetime, PlainSerializer(moment), WithJsonSchema({"type": "string", "format": "date-time"}, mode="serialization")
]
#: A name that the host may have stored as it liked: shown on one line, without characters that nobody sees.
NameText = Annotated[str, AfterValidator(one_line)]
#: Bodies are strict: "yes" is not a boolean. An id is the exception, as JSON has only strings for it.
IdText = Annotated[UUID, Field(strict=False)]
#: The format is for the document only. Services check the address after they have normalised it.
EmailText = Annotated[str, Field(json_schema_extra={"format": "email"})]


class RequestBody(BaseModel):
    """A request body. Unknown fields are ignored."""

    model_config = ConfigDict(strict=True, defer_build=True)  # built at the first request that has one


class ResponseBody(BaseModel):
    """A response body, filled from the attributes of a domain object."""

    model_config = ConfigDict(from_attributes=True, defer_build=True)


class FieldProblem(ResponseBody):
    field: str
    problem: str
    code: str | None = None


class Problem(ResponseBody):
    """The body of every error: one clear sentence in English, the code by which pages say it in other languages, the fields."""

    error: str
    code: str | None = None
    details: list[FieldProblem] | None = None


class Success(ResponseBody):
    success: bool = True


class Health(ResponseBody):
    status: str = "ok"
