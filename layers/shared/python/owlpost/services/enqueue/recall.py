"""Take requests back: for the producer that sent one, and for an operator."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Connection

from owlpost.db.enqueue import recall
from owlpost.db.session import Database
from owlpost.domain.idempotency import Key
from owlpost.domain.recalls import RecallResult
from owlpost.domain.requests import Cancellation
from owlpost.domain.value import dataclass
from owlpost.observability import count, logger
from owlpost.services.badge_requests import BadgeRequests


@dataclass(frozen=True, slots=True)
class Recall:
    """`badges` is asked to bring the icons of the people up to date whose inbox a recall changed."""

    database: Database
    badges: BadgeRequests

    def cancel(self, cancellation: Cancellation) -> RecallResult:
        """Recall the producer's own request. One that comes later under this key is told nobody: queues have no order."""
        with self.database.transaction() as connection:
            recalled = self.within(connection, cancellation)
        return self.finish(*recalled)

    def within(self, connection: Connection, cancellation: Cancellation) -> tuple[Sequence[UUID], recall.RecallCounts]:
        """Recall it in this transaction. Return what `finish` takes once that has committed."""
        key = Key.of_producer(cancellation.cancel, producer=cancellation.producer, type_=cancellation.type)
        request_id = recall.recall_key(connection, key, type_=cancellation.type, producer=cancellation.producer)
        return [request_id], recall.recall(connection, [request_id])

    def finish(self, request_ids: Sequence[UUID], counts: recall.RecallCounts) -> RecallResult:
        """Bring icons up to date and log what was recalled, after the commit."""
        self.badges.queue(counts.icons)
        result = as_result(counts)
        logger().warning(
            "recalled", extra={"request_ids": [str(each) for each in request_ids[:20]], **result.model_dump()}
        )
        for channel, number in result.stopped.items():
            count("Recalled", number, channel=channel)
        return result


def as_result(counts: recall.RecallCounts, *, dry_run: bool = False) -> RecallResult:
    """Return the counts as the answer to whoever asked."""
    return RecallResult(
        requests=counts.requests,
        stopped=counts.stopped,
        already_out=counts.already_out,
        already_read=counts.already_read,
        inbox=counts.inbox,
        dry_run=dry_run,
    )
