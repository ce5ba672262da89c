"""Dead-letter queues: looked at, cleared of what no longer matters, and poison requests driven again once mended."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from owlpost.db.operator import dead_letters
from owlpost.db.session import Database
from owlpost.domain import correlation, json_values
from owlpost.domain.commands import MOST_LISTED, ListDeadLetters, RedriveRequests
from owlpost.domain.errors import InvalidRequest
from owlpost.domain.queue_names import REQUESTS, dead_letter, is_dead_letter
from owlpost.observability import logger
from owlpost.queue import Queues
from owlpost.queue_messages import Message, Received


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """`error` is the reason the message was kept for; None where SQS moved it after its last receive."""

    id: str
    body: str
    error: str | None
    sent_at: datetime | None
    correlation_id: str


@dataclass(frozen=True, slots=True)
class DeadLetterPage:
    """`waiting` is about how many there are in all."""

    queue: str
    waiting: int
    messages: list[DeadLetter]


@dataclass(frozen=True, slots=True)
class RequestsRedriven:
    """`by_error` counts the messages found; `stored` of them had been taken before after all, and were only removed."""

    dry_run: bool
    resubmitted: int
    stored: int
    by_error: dict[str, int]


@dataclass(frozen=True, slots=True)
class DeadLetterQueues:
    database: Database
    queues: Queues

    def list(self, query: ListDeadLetters) -> DeadLetterPage:
        """The messages of a dead-letter queue, which stay where they are. Raises InvalidRequest for no such queue."""
        name = dead_letter(query.queue)
        if name not in self.queues.urls:
            known = sorted(each for each in self.queues.urls if not is_dead_letter(each))
            raise InvalidRequest("queue", f"must be one of {', '.join(known)}")
        waiting = self.queues.depth(name)
        messages = self._peek(name, query.limit)
        return DeadLetterPage(name, max(waiting, len(messages)), [_dead_letter(message) for message in messages])

    def discard_stale(self, channel: str) -> int:
        """Remove dead letters of deliveries that are no longer failed; answer how many. The row, not the message, counts."""
        name = dead_letter(channel)
        waiting = min(self.queues.depth(name), MOST_LISTED)
        messages = self.queues.receive(name, limit=waiting)
        ids = {message.receipt_handle: _uuid(message.body) for message in messages}
        with self.database.transaction() as connection:
            failed = dead_letters.still_failed(connection, [each for each in ids.values() if each])
        stale = [handle for handle, delivery_id in ids.items() if delivery_id and delivery_id not in failed]
        self.queues.delete(name, stale)
        self._show_again(name, [message for message in messages if message.receipt_handle not in set(stale)])
        return len(stale)

    def resubmit_requests(self, command: RedriveRequests) -> RequestsRedriven:
        """Put dead requests back on the requests queue; those at fault come back as new dead letters.

        Safe to repeat, and to break off at any point: each goes under a key of its own made from its message id.
        """
        name = dead_letter(REQUESTS)
        if command.dry_run:
            found = self._peek(name, command.limit)
            return RequestsRedriven(dry_run=True, resubmitted=0, stored=0, by_error=_by_error(found))
        found = self.queues.receive(name, limit=command.limit)
        with self.database.transaction() as connection:
            stored = dead_letters.already_stored(connection, [message.id for message in found])
        done = [message for message in found if message.id in stored]
        fresh = [message for message in found if message.id not in stored]
        sent = [message for message in fresh if not self.queues.send(REQUESTS, [_resubmitted(message)])]
        self.queues.delete(name, [message.receipt_handle for message in [*done, *sent]])
        logger().info("requests resubmitted", extra={"resubmitted": len(sent), "stored": len(done)})
        return RequestsRedriven(dry_run=False, resubmitted=len(sent), stored=len(done), by_error=_by_error(found))

    def _peek(self, name: str, limit: int) -> Sequence[Received]:
        messages = self.queues.receive(name, limit=min(limit, max(1, self.queues.depth(name))))
        self._show_again(name, messages)
        return messages

    def _show_again(self, name: str, messages: Sequence[Received]) -> None:
        self.queues.postpone(name, {message.receipt_handle: 0 for message in messages})


def _dead_letter(message: Received) -> DeadLetter:
    error = message.attributes.get("error")
    return DeadLetter(message.id, message.body, error, message.sent_at, message.correlation_id)


def _by_error(messages: Sequence[Received]) -> dict[str, int]:
    return dict(Counter(message.attributes.get("error", "received too often") for message in messages).most_common())


def _resubmitted(message: Received) -> Message:
    """The request as it came, and called as before: under its producer's key, else one made from its id, so that sending it
    twice has one effect.
    """
    return Message(_keyed(message), attributes={correlation.FIELD: message.correlation_id})


def _keyed(message: Received) -> str:
    try:
        body = json_values.parse(message.body)
    except InvalidRequest:
        return message.body
    if not isinstance(body, dict) or "continue_request" in body or "idempotency_key" in body:
        return message.body
    return json.dumps({**body, "idempotency_key": f"dead-letter:{message.id}"}, ensure_ascii=False)


def _uuid(body: str) -> UUID | None:
    try:
        return UUID(body)
    except ValueError:
        return None
