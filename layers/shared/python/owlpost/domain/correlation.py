"""The correlation id, which follows one request through every log: the producer's own, else the platform's.

It travels beside a request, never in it: as a custom value of Lambda's ClientContext, or as an attribute of an SQS message.
So it does not change whether two requests are the same.
"""

import re
from uuid import uuid4

from owlpost.domain.errors import InvalidRequest

#: Its name everywhere: beside a request, in a message, in a line of the log.
FIELD = "correlation_id"
#: Enough for a UUID, a trace id, or an id made from what happened; no character that a log or a query has to escape.
ALLOWED = re.compile(r"[A-Za-z0-9._:-]{1,128}")


def new() -> str:
    return str(uuid4())


def check(correlation_id: str) -> str:
    """Return the id. Raises InvalidRequest if Owlpost would not accept it from a producer."""
    if not ALLOWED.fullmatch(correlation_id):
        raise InvalidRequest(FIELD, "must be 1 to 128 letters, digits, dots, underscores, colons or hyphens")
    return correlation_id


def taken(given: object, *, otherwise: str) -> str:
    """Return the id that came beside a request, or `otherwise` if there is none or it is invalid.

    A bad id refuses no request: the request matters more.
    """
    return given if isinstance(given, str) and ALLOWED.fullmatch(given) else otherwise
