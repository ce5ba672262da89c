"""What `data` has to hold for the types whose mail has a template of its own; more members are allowed.

A request without `data` gets the generic mail. One with `data` that the template cannot use is refused, as its producer
would otherwise learn from a poor mail only.
"""

from typing import Annotated, TypeAlias

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from owlpost.domain import text
from owlpost.domain.errors import InvalidRequest
from owlpost.domain.invalid import first_fault


def _check_visible(value: str) -> str:
    if not text.one_line(value):
        raise ValueError("must not be blank")
    return value


Visible: TypeAlias = Annotated[str, AfterValidator(_check_visible)]
Count: TypeAlias = Annotated[int, Field(strict=True, ge=0, lt=10**12)]


class _Data(BaseModel):
    model_config = ConfigDict(extra="allow", frozen=True, defer_build=True)


class DigestIssue(_Data):
    title: Visible
    status: str | None = None
    app_name: str | None = None
    occurrence_count: Count | None = None
    unique_user_count: Count | None = None


class IssueDigestData(_Data):
    """`issue_count` counts all issues; `issues` may list fewer. `dashboard_url` takes precedence over the link."""

    issues: Annotated[tuple[DigestIssue, ...], Field(min_length=1, fail_fast=True)]
    issue_count: Count | None = None
    dashboard_url: str | None = None


class JobCompletedData(_Data):
    status: Visible
    job_type: str | None = None
    duration: str | None = None
    error: str | None = None


def check(model: type[BaseModel], data: object) -> None:
    """Raise InvalidRequest naming the member of `data` that does not fit the model."""
    try:
        model.model_validate(data)
    except ValidationError as error:
        field, problem = first_fault(error)
        raise InvalidRequest(f"data.{field}", problem) from None
