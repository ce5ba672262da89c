"""The id by which one request is followed through every log: the producer's own, else the platform's.

It is told beside a request, never in it: as a custom value of Lambda's ClientContext, or as an attribute of an SQS message.
What makes two requests the same is their body.
"""

import re
from uuid import uuid4

from owlpost.domain.errors import InvalidRequest

#: Its name wherever it stands: beside a request, in a message, in a line of the log.
FIELD = "correlation_id"
#: Room for a UUID, a trace id, or an id made of what happened; nothing that a log line or a query would have to escape.
ALLOWED = re.compile(r"[A-Za-z0-9._:-]{1,128}")


def new() -> str:
    return str(uuid4())


def check(correlation_id: str) -> str:
    """The id as it is. Raises InvalidRequest for one that Owlpost would not take from a producer."""
    if not ALLOWED.fullmatch(correlation_id):
        raise InvalidRequest(FIELD, "must be 1 to 128 letters, digits, dots, underscores, colons or hyphens")
    return correlation_id


def taken(given: object, *, otherwise: str) -> str:
    """The id that came beside a request; `otherwise` where none came, or one that cannot be taken.

    Nothing is refused for its id: what it is about matters more.
    """
    return given if isinstance(given, str) and ALLOWED.fullmatch(given) else otherwise
