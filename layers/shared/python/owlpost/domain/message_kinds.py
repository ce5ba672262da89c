"""What a producer's JSON is: told by its members, in one order, for every way that it comes by."""

from enum import Enum


class MessageKind(Enum):
    """The member that tells each kind. The first of these that is there decides; a request is what has none."""

    FACT = "happened"
    CONTINUATION = "continue_request"
    NUDGE = "drain_outbox"
    CANCELLATION = "cancel"
    REQUEST = None


def kind_of(value: object) -> MessageKind:
    """Return what a parsed JSON value is meant as. Whether it is a right one is for that kind's model to say."""
    members = value if isinstance(value, dict) else {}
    return next(kind for kind in MessageKind if kind is MessageKind.REQUEST or kind.value in members)
