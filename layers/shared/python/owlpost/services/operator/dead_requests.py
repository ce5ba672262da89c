"""Resubmit dead requests once their fault is mended."""

import json
from collections import Counter
from collections.abc import Sequence

from owlpost.db.operator import dead_letters
from owlpost.db.session import Database
from owlpost.domain import correlation, json_values
from owlpost.domain.commands import RedriveRequests
from owlpost.domain.errors import InvalidRequest
from owlpost.domain.queue_names import REQUESTS, dead_letter
from owlpost.domain.value import dataclass
from owlpost.observability import logger
from owlpost.queue import Queues
from owlpost.queue_messages import Message, Received
from owlpost.services.operator.dead_letter_queues import DeadLetterQueues, error_of


@dataclass(frozen=True, slots=True)
class RequestsRedriven:
    """`by_error` counts the messages found. `stored` of them had been accepted after all and were only deleted."""

    dry_run: bool
    resubmitted: int
    stored: int
    by_error: dict[str, int]


@dataclass(frozen=True, slots=True)
class DeadRequests:
    database: Database
    queues: Queues
    dead_letters: DeadLetterQueues

    def resubmit(self, command: RedriveRequests) -> RequestsRedriven:
        """Put dead requests back on the requests queue. Requests that are still at fault become dead letters again.

        It is safe to repeat this and to break it off: each request keeps its key, or gets one made from its message id.
        """
        name = dead_letter(REQUESTS)
        limit = min(command.limit, max(1, self.queues.depth(name))) if command.dry_run else command.limit
        found = self.queues.receive(name, limit=limit)
        if command.dry_run:
            self.dead_letters.show_again(name, found)
            return RequestsRedriven(dry_run=True, resubmitted=0, stored=0, by_error=_by_error(found))
        with self.database.transaction() as connection:
            stored = dead_letters.already_stored(connection, [message.id for message in found])
        done = [message for message in found if message.id in stored]
        fresh = [message for message in found if message.id not in stored]
        sent = [message for message in fresh if not self.queues.send(REQUESTS, [_resubmitted(message)])]
        self.queues.delete(name, [message.receipt_handle for message in [*done, *sent]])
        logger().info("requests resubmitted", extra={"resubmitted": len(sent), "stored": len(done)})
        return RequestsRedriven(dry_run=False, resubmitted=len(sent), stored=len(done), by_error=_by_error(found))


def _by_error(messages: Sequence[Received]) -> dict[str, int]:
    return dict(Counter(map(error_of, messages)).most_common())


def _resubmitted(message: Received) -> Message:
    """Return the request as it came, with its correlation id."""
    return Message(keyed(message.body, message.id), attributes={correlation.FIELD: message.correlation_id})


def keyed(text: str, message_id: str) -> str:
    """Return a request's body with an idempotency key, so that sending it twice has one effect.

    Facts, cancellations and continuations have one effect by themselves, and know no such field.
    """
    try:
        body = json_values.parse(text)
    except InvalidRequest:
        return text
    if not isinstance(body, dict) or "recipients" not in body or "idempotency_key" in body:
        return text
    return json.dumps({**body, "idempotency_key": f"dead-letter:{message_id}"}, ensure_ascii=False)
