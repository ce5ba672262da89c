"""The one way from pydantic's ValidationError to the field at fault and what is wrong with it."""

from typing import NamedTuple

from pydantic import ValidationError

from owlpost.domain.errors import InvalidRequest


class Fault(NamedTuple):
    """`field` is a path such as `recipients.user_ids.3`, empty where the whole is at fault."""

    field: str
    problem: str


def first_fault(error: ValidationError, *, tagged: str | None = None) -> Fault:
    """Return the first fault, with a problem that reads on after the field.

    pydantic puts a tagged union's tag into the path; `tagged` names the member that is such a union, "" the whole, and
    `answers.*` each element of a list of such unions.
    """
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    problem = first["msg"].removeprefix("Value error, ")
    path = _without_tag(first["loc"], tagged)
    return Fault(".".join(map(str, path)), problem if problem[:2].isupper() else problem[:1].lower() + problem[1:])


def invalid_request(error: ValidationError, *, whole: str = "request", tagged: str | None = None) -> InvalidRequest:
    """Return the error for the sender; `whole` is what the input is called where no field of it is at fault."""
    field, problem = first_fault(error, tagged=tagged)
    return InvalidRequest(field or whole, problem)


def _without_tag(path: tuple[int | str, ...], tagged: str | None) -> tuple[int | str, ...]:
    if tagged is None:
        return path
    union = tagged.split(".") if tagged else []
    above, below = path[: len(union)], path[len(union) :]
    if len(above) < len(union) or any(name not in {"*", step} for name, step in zip(union, above, strict=True)):
        return path
    return above + below[1:]
