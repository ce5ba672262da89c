"""Requests that were refused, as they stand among the dead letters: of the queue, and of what hosts wrote in a transaction."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from owlpost.db.operator.requests import RequestRecord
from owlpost.domain import json_values
from owlpost.domain.errors import InvalidRequest
from owlpost.domain.queue_names import REQUESTS, dead_letter
from owlpost.domain.value import dataclass
from owlpost.queue_messages import Received
from owlpost.services.operator.dead_letter_queues import DeadLetterQueues, error_of


@dataclass(frozen=True, slots=True)
class RefusedRequests:
    dead_letters: DeadLetterQueues

    def since(self, moment: datetime, type_: str | None) -> list[RequestRecord]:
        """Return those that were given up since then, of this type if one is named; the dead letters stay."""
        found = self.dead_letters.scan(dead_letter(REQUESTS), _record)
        return [each for each in found if each.created_at >= moment and type_ in {None, each.type}]


def _record(message: Received) -> RequestRecord | None:
    """Return the record of a request or a fact; None for a message that no producer wrote, such as a nudge."""
    said = _said(message.body)
    type_ = said.get("type") or said.get("happened")
    if message.sent_at is None or not isinstance(type_, str):
        return None
    title = said.get("title")
    return RequestRecord(
        id=UUID(message.id),
        type=type_,
        team_id=None,
        key_source="",
        created_at=message.sent_at,
        correlation_id=message.correlation_id,
        is_unfinished=False,
        notifications=0,
        deliveries={},
        title=title if isinstance(title, str) else None,
        refused=error_of(message),
    )


def _said(body: str) -> Mapping[str, object]:
    try:
        value = json_values.parse(body)
    except InvalidRequest:
        return {"type": "not JSON"}
    return value if isinstance(value, dict) else {"type": "not a request"}
