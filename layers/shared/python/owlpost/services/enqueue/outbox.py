"""Drain the outbox: each row is taken and stored in one transaction, so that it is told once whatever ends in between."""

from collections.abc import Iterator, Sequence
from dataclasses import field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection

from owlpost.db.enqueue import outbox
from owlpost.db.enqueue.outbox import OutboxRow
from owlpost.db.enqueue.recall import RecallCounts
from owlpost.db.outage import is_outage
from owlpost.domain import json_values
from owlpost.domain.correlation import FIELD
from owlpost.domain.errors import IdempotencyConflict, InvalidRequest
from owlpost.domain.idempotency import Key
from owlpost.domain.message_kinds import MessageKind, kind_of
from owlpost.domain.queue_names import REQUESTS, dead_letter
from owlpost.domain.refusals import Unavailable
from owlpost.domain.requests import Cancellation, DrainOutbox
from owlpost.domain.value import dataclass
from owlpost.observability import count, following, logger
from owlpost.queue import Queues
from owlpost.queue_messages import Message
from owlpost.services.enqueue.dispatch import Dispatch, Stored
from owlpost.services.enqueue.facts import Facts
from owlpost.services.enqueue.recall import Recall
from owlpost.services.enqueue.submission import Submission

#: As often as SQS hands over a request before it becomes a dead letter.
MOST_ATTEMPTS = 6
#: A row takes seconds at most. With less time left than this none is begun.
SPARE = timedelta(seconds=10)


@dataclass(slots=True)
class _Taken:
    """A row, what was stored or recalled by it, and why some or all of it was refused."""

    row: OutboxRow
    stored: list[Stored] = field(default_factory=list)
    recalled: tuple[Sequence[UUID], RecallCounts] | None = None
    refused: str | None = None


@dataclass(frozen=True, slots=True)
class Outbox:
    """What hosts wrote with `owlpost_enqueue`."""

    dispatch: Dispatch
    facts: Facts
    queues: Queues
    recall: Recall

    def drain(self, *, deadline: datetime) -> bool:
        """Take rows until none is due. Return False if time ran out before that.

        What is refused becomes a dead letter of the requests queue. A row that fails otherwise waits, and becomes a dead
        letter after six attempts. Raises what an outage of the database raises.
        """
        while self.dispatch.now() + SPARE <= deadline:
            if not self._take_first():
                return True
        return False

    def nudge(self) -> None:
        """Have the rest drained by another invocation."""
        self.queues.send(REQUESTS, [Message(DrainOutbox().model_dump_json())])

    def _take_first(self) -> bool:
        """Return whether there was a row to take."""
        taken: list[OutboxRow] = []
        try:
            with self.dispatch.transaction() as connection:
                row = outbox.take_first(connection)
                if row is None:
                    return False
                taken.append(row)
                done = self._store(connection, row)
        except Exception as error:
            if not taken or is_outage(error):
                raise
            self._failed(taken[0], error)
            return True
        for stored in done.stored:
            self.dispatch.queue(stored)
        if done.recalled:
            with following(done.row.correlation_id):
                self.recall.finish(*done.recalled)
        return True

    def _store(self, connection: Connection, row: OutboxRow) -> _Taken:
        """Store what comes of the row in the transaction that takes it."""
        done = _Taken(row)
        with following(row.correlation_id):
            try:
                body = json_values.parse(row.body)
                if kind_of(body) is MessageKind.CANCELLATION:
                    done.recalled = self.recall.within(connection, Cancellation.from_json(body))
                    return done
                for submission in self._submissions(connection, row, body):
                    self._store_one(connection, submission, done)
            except (InvalidRequest, IdempotencyConflict) as error:
                done.refused = str(error)
            if done.refused:
                self._keep(row, done.refused)
        return done

    def _store_one(self, connection: Connection, submission: Submission, done: _Taken) -> None:
        """Store one request. For an empty audience nothing is written, and a conflict does not silence the other requests."""
        with connection.begin_nested() as savepoint:
            try:
                stored = self.dispatch.store(connection, submission)
            except IdempotencyConflict as conflict:
                done.refused = done.refused or str(conflict)
                return
            if stored.is_empty:
                savepoint.rollback()
            done.stored.append(stored)

    def _submissions(self, connection: Connection, row: OutboxRow, body: object) -> Iterator[Submission]:
        if kind_of(body) is MessageKind.FACT:
            yield from self.facts.submissions(connection, body, correlation_id=row.correlation_id)
            return
        key = Key("outbox", str(row.id))
        yield Submission.from_json(body, platform_key=key, correlation_id=row.correlation_id)

    def _failed(self, row: OutboxRow, error: Exception) -> None:
        """Let the row wait, or give it up after its last attempt. Its fault holds up no other row."""
        with following(row.correlation_id), self.dispatch.database.transaction() as connection:
            logger().error("outbox row failed", extra={"row_id": str(row.id)}, exc_info=error)
            if row.attempts + 1 < MOST_ATTEMPTS:
                outbox.postpone(connection, row.id)
            elif outbox.remove(connection, row.id):
                self._keep(row, f"failed {MOST_ATTEMPTS} times: {type(error).__name__}")

    def _keep(self, row: OutboxRow, reason: str) -> None:
        """Keep the row as a dead letter before it is gone. Raises Unavailable if SQS did not take it: then the row stays."""
        logger().warning("request refused", extra={"row_id": str(row.id), "error": reason})
        letter = Message(row.body, attributes={"error": reason, FIELD: row.correlation_id})
        if self.queues.send(dead_letter(REQUESTS), [letter]):
            raise Unavailable("the dead letter could not be kept", retry_after=1)
        count("DeadLettered", channel=REQUESTS)
