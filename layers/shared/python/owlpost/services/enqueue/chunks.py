"""How a large team continues: each further chunk is a message of the requests queue."""

from uuid import UUID

from owlpost.domain import correlation
from owlpost.domain.requests import Continuation
from owlpost.queue import Message


def chunk_message(continuation: Continuation, group: UUID | None, correlation_id: str) -> Message:
    """The message by which a chunk is enqueued; the id beside it is for what is logged before its receipt is read."""
    return Message(continuation.model_dump_json(), group=str(group), attributes={correlation.FIELD: correlation_id})
