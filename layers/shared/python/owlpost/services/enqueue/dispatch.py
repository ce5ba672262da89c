"""The story of one notification, first half: a producer's request becomes rows, and the rows become messages.

One transaction writes receipt, inbox rows and delivery rows; after its commit each pending delivery is put on its channel's
queue. A crash in between loses nothing: the sweep queues what stayed pending, woken by a wakeup that was armed beforehand.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from uuid import UUID

from sqlalchemy import Connection

from owlpost.db.enqueue import audience, fan_out, receipts
from owlpost.db.enqueue.audience import Range
from owlpost.db.enqueue.fan_out import FannedOut
from owlpost.db.enqueue.limits import Limits
from owlpost.db.enqueue.receipts import CANCELLED
from owlpost.db.session import Database
from owlpost.domain import correlation, expected_people
from owlpost.domain.brake import NO_BRAKE, Brake
from owlpost.domain.clock import Clock
from owlpost.domain.errors import IdempotencyConflict
from owlpost.domain.idempotency import Key
from owlpost.domain.requests import ByTeam, EnqueueRequest, EnqueueResult
from owlpost.domain.types import stored_type
from owlpost.domain.value import dataclass
from owlpost.observability import count, logger
from owlpost.services.enqueue.chunks import Chunks
from owlpost.services.enqueue.delivery_queues import DeliveryQueues
from owlpost.services.enqueue.submission import Submission
from owlpost.services.wakeup import Wakeup

NOBODY = EnqueueResult(request_id=None, message="The audience is empty: nothing was written.")


@dataclass(frozen=True, slots=True)
class Stored:
    """What a transaction wrote, and what is to be queued once it has committed, fairly between groups."""

    result: EnqueueResult
    fanned_out: FannedOut
    group: UUID | None
    type: str
    correlation_id: str
    chunks: int = 0
    producer: str | None = None
    #: The brake holds what the request tells.
    is_braked: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether there was nobody to tell: the transaction is then to be rolled back."""
        return self.result.request_id is None


@dataclass(frozen=True, slots=True)
class Dispatch:
    """Take producers' requests by `enqueue`, or by `accept` where they are parsed already.

    `transaction`, `store` and `queue` are the steps of `accept`, for a service that writes more in the same transaction.
    """

    database: Database
    chunks: Chunks
    deliveries: DeliveryQueues
    wakeup: Wakeup
    now: Clock
    brake: Brake = NO_BRAKE

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Open a transaction that may leave work behind: a sweep is armed before it begins."""
        self.wakeup.arm()
        with self.database.transaction() as connection:
            yield connection

    def enqueue(
        self, body: object, *, platform_key: Key, correlation_id: str | None = None, expected: int | None = None
    ) -> EnqueueResult:
        """Store the request in a parsed JSON value and put its deliveries on their queues.

        The producer's idempotency key says what is the same request, else `platform_key`; a repeat gets the first answer.
        `correlation_id` is what the logs call it from here on, else the platform's id. `expected`: see `accept_expected`.
        Raises InvalidRequest naming the field, or IdempotencyConflict; nothing has been written then.
        """
        called = correlation_id or platform_key.value
        submission = Submission.from_json(body, platform_key=platform_key, correlation_id=called)
        return self.accept(submission) if expected is None else self.accept_expected([submission], expected)[0]

    def accept(self, submission: Submission) -> EnqueueResult:
        """Store a parsed request and put its deliveries on their queues. Raises as `store` does."""
        with self.transaction() as connection:
            stored = self.store(connection, submission)
            if stored.is_empty:
                connection.rollback()
        self.queue(stored)
        return stored.result

    def accept_expected(self, submissions: Sequence[Submission], expected: int) -> tuple[EnqueueResult, ...]:
        """Store requests in one transaction, if together they tell so many people. A repeat gets the first answer.

        Of a team that is cut into chunks, the transaction counts all members: who joins later is told by a later chunk.
        Raises as `store` does, and InvalidRequest for another number; nothing has been written then.
        """
        with self.transaction() as connection:
            stored = [self._stored_unless_empty(connection, each) for each in submissions]
            if not any(each.result.duplicate for each in stored):
                people = sum(self._people(connection, *each) for each in zip(submissions, stored, strict=True))
                expected_people.check(people, expected)
        for each in stored:
            self.queue(each)
        return tuple(each.result for each in stored)

    def _stored_unless_empty(self, connection: Connection, submission: Submission) -> Stored:
        with connection.begin_nested() as part:
            stored = self.store(connection, submission)
            if stored.is_empty:
                part.rollback()
        return stored

    @staticmethod
    def _people(connection: Connection, submission: Submission, stored: Stored) -> int:
        recipients = submission.request.recipients
        if stored.result.continues and isinstance(recipients, ByTeam):
            return audience.size(connection, recipients)
        return stored.result.notifications

    def store(self, connection: Connection, submission: Submission) -> Stored:
        """Write receipt, inbox rows and delivery rows in the caller's `transaction`.

        Raises IdempotencyConflict, and InvalidRequest for a time that is too far ahead.
        """
        request = submission.request
        request.check_time(self.now())
        kind = stored_type(request.type)
        receipt = receipts.open_receipt(
            connection,
            key=submission.key,
            body_hash=submission.fingerprint,
            type_=request.type,
            team_id=request.about_team,
            producer=request.producer,
            correlation_id=submission.correlation_id,
            not_before=request.not_before,
            per_producer=None if kind.mandatory else self.brake.per_producer,
        )
        if receipt is None:
            return self._stored_before(connection, submission)
        starts = self.chunks.starts(connection, request)
        first = Range(end=UUID(starts[0]) if starts else None)
        request_id = receipt.id
        limits = Limits(receipt.brake_id, self.brake.per_person)
        fanned_out = fan_out.tell_first(
            connection, request_id=request_id, request=request, kind=kind, within=first, limits=limits
        )
        self.chunks.open(connection, request_id=request_id, request=request, starts=starts)
        result = _result(request, request_id, fanned_out, continues=bool(starts))
        called = submission.correlation_id or str(request_id)
        return Stored(
            result,
            fanned_out,
            request.about_team or request_id,
            request.type,
            called,
            len(starts),
            request.producer,
            is_braked=receipt.brake_id is not None,
        )

    def queue(self, stored: Stored) -> None:
        """Put what was stored on its queues, after the commit."""
        result = stored.result
        logger().info(
            "enqueued",
            extra={
                correlation.FIELD: stored.correlation_id,
                "request_id": result.request_id and str(result.request_id),
                "type": stored.type,
                "producer": stored.producer,
                "notifications": result.notifications,
                "deliveries": result.deliveries,
                "rooms": result.rooms,
                "duplicate": result.duplicate,
                "chunks": stored.chunks,
                "is_braked": stored.is_braked,
            },
        )
        if stored.is_braked:
            count("BrakedRequests")
        self.deliveries.send(stored.fanned_out, kind=stored.type, group=stored.group)
        if result.request_id is not None and stored.chunks:
            self.chunks.queue(
                result.request_id, number=stored.chunks, group=stored.group, correlation_id=stored.correlation_id
            )
        self.wakeup.arm()  # sends a message only if the queue was away before the commit

    def _stored_before(self, connection: Connection, submission: Submission) -> Stored:
        """Return the first answer, under the first request's correlation id: its rows are followed by that."""
        receipt = receipts.find_receipt(connection, submission.key)
        if receipt.body_hash not in {submission.fingerprint, CANCELLED}:
            raise IdempotencyConflict(submission.key.value)
        if submission.correlation_id not in {None, receipt.correlation_id}:
            logger().info(
                "request was accepted before",
                extra={correlation.FIELD: submission.correlation_id, "first_correlation_id": receipt.correlation_id},
            )
        request = submission.request
        return Stored(
            receipt.answer, FannedOut(), request.about_team, request.type, receipt.correlation_id, 0, request.producer
        )


def _result(request: EnqueueRequest, request_id: UUID, fanned_out: FannedOut, *, continues: bool) -> EnqueueResult:
    asked_for = 0 if isinstance(request.recipients, ByTeam) else len(request.recipients.distinct)
    unknown = max(asked_for - fanned_out.notifications, 0)
    if not fanned_out.notifications and not fanned_out.rooms and not continues:
        return NOBODY.model_copy(update={"unknown_user_ids": unknown})
    return EnqueueResult.model_validate(
        {
            "request_id": request_id,
            "notifications": fanned_out.notifications,
            "notification_ids": fanned_out.notification_ids,
            "deliveries": fanned_out.deliveries,
            "rooms": fanned_out.rooms,
            "unknown_user_ids": unknown,
            "continues": continues,
        }
    )
