"""The story of one notification, first half: a producer's request becomes rows, and the rows become messages.

One transaction writes receipt, inbox rows and delivery rows; after its commit each pending delivery is put on its channel's
queue. A crash in between loses nothing: the sweep queues what stayed pending, woken by what was armed beforehand.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Self
from uuid import UUID

from sqlalchemy import Connection

from owlpost.db.enqueue import fan_out, receipts
from owlpost.db.enqueue.fan_out import FannedOut, Range
from owlpost.db.session import Database
from owlpost.domain import correlation, json_values
from owlpost.domain.clock import Clock
from owlpost.domain.errors import IdempotencyConflict, InvalidRequest
from owlpost.domain.idempotency import Key
from owlpost.domain.requests import ByTeam, Continuation, EnqueueRequest, EnqueueResult
from owlpost.domain.types import dispatched_type
from owlpost.observability import BY_CHANNEL, Meter, logger
from owlpost.queue import Message, Queues
from owlpost.services.enqueue.chunks import chunk_message
from owlpost.services.wakeup import Wakeup

#: People told in one transaction; a larger team continues in chunks of this size, each a message of its own.
CHUNK_SIZE = 10_000
NOBODY = EnqueueResult(request_id=None, message="The audience is empty: nothing was written.")


@dataclass(frozen=True, slots=True)
class Submission:
    """A request that has been checked, what makes it the same request again, and what the logs call it."""

    request: EnqueueRequest
    key: Key
    fingerprint: str
    correlation_id: str | None = None

    @classmethod
    def of(cls, body: object, *, platform_key: Key | None = None, correlation_id: str | None = None) -> Self:
        """The request in parsed JSON, under the producer's key, else the platform's. Raises InvalidRequest."""
        request = EnqueueRequest.from_json(body)
        key = Key("producer", request.idempotency_key) if request.idempotency_key else platform_key
        if key is None:
            raise InvalidRequest("idempotency_key", "is required where the platform gives none")
        return cls(request, key, json_values.fingerprint(body), correlation_id)


@dataclass(frozen=True, slots=True)
class Stored:
    """What a transaction wrote, and what is to be queued once it has committed, fairly between groups."""

    result: EnqueueResult
    fanned_out: FannedOut
    group: UUID | None
    type: str
    correlation_id: str
    chunks: int = 0

    @property
    def is_empty(self) -> bool:
        """Whether there was nobody to tell: the transaction is then to be rolled back."""
        return self.result.request_id is None


@dataclass(frozen=True, slots=True)
class Dispatch:
    """Takes requests: `enqueue` a producer's, `resume` one chunk of a large team's.

    `transaction`, `store` and `queue` are the parts of `enqueue`, for a service that writes more in the same transaction.
    """

    database: Database
    queues: Queues
    now: Clock
    chunk_size: int = CHUNK_SIZE
    meter: Meter = BY_CHANNEL
    wakeup: Wakeup = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "wakeup", Wakeup(self.queues, self.now))

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A transaction that may leave work behind, and so has a sweep armed before it begins."""
        self.wakeup.arm()
        with self.database.transaction() as connection:
            yield connection

    def enqueue(self, body: object, *, platform_key: Key, correlation_id: str | None = None) -> EnqueueResult:
        """Store one request and put its deliveries on their queues; `body` is the parsed JSON.

        The producer's idempotency key says what is the same request, else `platform_key`; a repeat gets the first answer.
        `correlation_id` is what the logs call it from here on, else the platform's id.
        Raises InvalidRequest naming the field, or IdempotencyConflict; nothing has been written then.
        """
        called = correlation_id or platform_key.value
        try:
            stored = self._accept(Submission.of(body, platform_key=platform_key, correlation_id=called))
        except (InvalidRequest, IdempotencyConflict) as error:
            logger().warning("request refused", extra={correlation.FIELD: called, "error": str(error)})
            raise
        self.queue(stored)
        return stored.result

    def _accept(self, submission: Submission) -> Stored:
        with self.transaction() as connection:
            stored = self.store(connection, submission)
            if stored.is_empty:
                connection.rollback()
        return stored

    def store(self, connection: Connection, submission: Submission) -> Stored:
        """Write receipt, inbox rows and delivery rows in the caller's `transaction`. Raises IdempotencyConflict."""
        now, request = self.now(), submission.request
        request_id = receipts.open_receipt(
            connection,
            key=submission.key,
            body_hash=submission.fingerprint,
            request=request,
            correlation_id=submission.correlation_id,
            now=now,
        )
        if request_id is None:
            return self._stored_before(connection, submission)
        starts = self._chunk_starts(connection, request)
        first = Range(end=UUID(starts[0]) if starts else None)
        kind = dispatched_type(request.type)
        fanned_out = fan_out.tell_first(
            connection, request_id=request_id, request=request, kind=kind, within=first, now=now
        )
        if starts:
            receipts.open_chunks(connection, request_id=request_id, request=request, starts=starts, now=now)
        answer = _answer(request, request_id, fanned_out, continues=bool(starts))
        called = submission.correlation_id or str(request_id)
        return Stored(answer, fanned_out, request.about_team or request_id, request.type, called, len(starts))

    def queue(self, stored: Stored) -> None:
        """Put what was stored on its queues, after the commit."""
        answer = stored.result
        logger().info(
            "enqueued",
            extra={
                correlation.FIELD: stored.correlation_id,
                "request_id": answer.request_id and str(answer.request_id),
                "type": stored.type,
                "notifications": answer.notifications,
                "deliveries": answer.deliveries,
                "duplicate": answer.duplicate,
                "chunks": stored.chunks,
            },
        )
        self._queue_deliveries(stored.fanned_out, kind=stored.type, group=stored.group)
        self._queue_chunks(stored)
        self.wakeup.arm()  # sends only where the queue was away before the commit, and is back perhaps

    def resume(self, continuation: Continuation) -> None:
        """Store one chunk of a large team and put its deliveries on their queues; a repeat does nothing."""
        now = self.now()
        with self.transaction() as connection:
            chunk = receipts.take_chunk(
                connection, request_id=continuation.continue_request, number=continuation.chunk, now=now
            )
            if chunk is None:
                return
            fanned_out = fan_out.tell_chunk(connection, chunk=chunk, kind=dispatched_type(chunk.request.type), now=now)
            receipts.close_chunk(
                connection, chunk, notifications=fanned_out.notifications, deliveries=fanned_out.deliveries
            )
        logger().info(
            "chunk enqueued",
            extra={
                correlation.FIELD: chunk.correlation_id,
                "request_id": str(chunk.request_id),
                "chunk": chunk.number,
                "notifications": fanned_out.notifications,
                "deliveries": fanned_out.deliveries,
            },
        )
        self._queue_deliveries(fanned_out, kind=chunk.request.type, group=chunk.request.about_team)
        self.wakeup.arm()

    def _stored_before(self, connection: Connection, submission: Submission) -> Stored:
        """The first answer, under the first's correlation id: the rows are followed by that."""
        receipt = receipts.find_receipt(connection, submission.key)
        if receipt.body_hash != submission.fingerprint:
            raise IdempotencyConflict(submission.key.value)
        if submission.correlation_id not in {None, receipt.correlation_id}:
            logger().info(
                "request was accepted before",
                extra={correlation.FIELD: submission.correlation_id, "first_correlation_id": receipt.correlation_id},
            )
        request = submission.request
        return Stored(receipt.answer, FannedOut(), request.about_team, request.type, receipt.correlation_id)

    def _chunk_starts(self, connection: Connection, request: EnqueueRequest) -> list[str]:
        if isinstance(request.recipients, ByTeam):
            return fan_out.chunk_starts(connection, request.recipients, self.chunk_size)
        return []

    def _queue_deliveries(self, fanned_out: FannedOut, *, kind: str, group: UUID | None) -> None:
        for channel, deliveries in fanned_out.deliveries.items():
            self.meter.record(channel, kind, {"Enqueued": deliveries})
        shared = str(group)
        for channel, delivery_ids in fanned_out.pending.items():
            self.queues.send(channel, [Message(delivery_id, group=shared) for delivery_id in delivery_ids])

    def _queue_chunks(self, stored: Stored) -> None:
        request_id = stored.result.request_id
        if request_id is None or not stored.chunks:
            return
        self.queues.send(
            "requests",
            [
                chunk_message(
                    Continuation(continue_request=request_id, chunk=number), stored.group, stored.correlation_id
                )
                for number in range(1, stored.chunks + 1)
            ],
        )


def _answer(request: EnqueueRequest, request_id: UUID, fanned_out: FannedOut, *, continues: bool) -> EnqueueResult:
    asked_for = 0 if isinstance(request.recipients, ByTeam) else len(request.recipients.distinct)
    unknown = max(asked_for - fanned_out.notifications, 0)
    if not fanned_out.notifications and not continues:
        return NOBODY.model_copy(update={"unknown_user_ids": unknown})
    return EnqueueResult.model_validate(
        {
            "request_id": request_id,
            "notifications": fanned_out.notifications,
            "notification_ids": fanned_out.notification_ids,
            "deliveries": fanned_out.deliveries,
            "unknown_user_ids": unknown,
            "continues": continues,
        }
    )
