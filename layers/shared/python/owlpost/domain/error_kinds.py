"""Errors of an operator's command as JSON: an explicit kind that the command line understands, never a class name."""

from enum import StrEnum

from owlpost.domain.errors import InvalidRequest, NotFound, OwlpostError
from owlpost.domain.refusals import Unavailable


class ErrorKind(StrEnum):
    INVALID_REQUEST = "invalid_request"
    NOT_FOUND = "not_found"
    UNAVAILABLE = "unavailable"


#: Errors that are an answer. Any other error is a fault that Lambda counts.
ANSWERED: dict[type[OwlpostError], ErrorKind] = {
    InvalidRequest: ErrorKind.INVALID_REQUEST,
    NotFound: ErrorKind.NOT_FOUND,
    Unavailable: ErrorKind.UNAVAILABLE,
}


def as_answer(error: OwlpostError) -> dict[str, object]:
    """Return the answer that tells of this error. Raises the error if it is none that is answered."""
    kind = ANSWERED.get(type(error))
    if kind is None:
        raise error
    field = {"field": error.field} if isinstance(error, InvalidRequest) else {}
    return {"error": {"kind": kind, "message": str(error), **field}}
