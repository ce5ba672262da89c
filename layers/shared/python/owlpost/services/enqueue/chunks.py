"""How a large team continues: the first chunk is written with the request, each further chunk is a message of its own."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Connection

from owlpost.db.enqueue import audience, fan_out, receipts
from owlpost.db.enqueue.fan_out import FannedOut
from owlpost.db.enqueue.limits import Limits
from owlpost.db.enqueue.receipts import Chunk
from owlpost.db.session import Database
from owlpost.domain import correlation
from owlpost.domain.brake import NO_BRAKE, Brake
from owlpost.domain.queue_names import REQUESTS
from owlpost.domain.requests import ByTeam, Continuation, EnqueueRequest
from owlpost.domain.types import dispatched_type
from owlpost.domain.value import dataclass
from owlpost.observability import logger
from owlpost.queue import Queues
from owlpost.queue_messages import Message
from owlpost.services.enqueue.delivery_queues import DeliveryQueues
from owlpost.services.wakeup import Wakeup

#: People told in one transaction; a larger team continues in chunks of this size.
CHUNK_SIZE = 10_000


def chunk_message(continuation: Continuation, group: UUID | None, correlation_id: str) -> Message:
    """Return the message that makes a function write this chunk; the id is for what is logged before the receipt is read."""
    return Message(continuation.model_dump_json(), group=str(group), attributes={correlation.FIELD: correlation_id})


@dataclass(frozen=True, slots=True)
class Chunks:
    """The later chunks of large teams: listed with the request, queued after its commit, then written one by one."""

    database: Database
    queues: Queues
    deliveries: DeliveryQueues
    wakeup: Wakeup
    size: int = CHUNK_SIZE
    brake: Brake = NO_BRAKE

    def starts(self, connection: Connection, request: EnqueueRequest) -> Sequence[str]:
        """Return the user ids at which the second and each later chunk begins; none where one chunk is enough."""
        if isinstance(request.recipients, ByTeam):
            return audience.chunk_starts(connection, request.recipients, self.size)
        return ()

    def open(self, connection: Connection, *, request_id: UUID, request: EnqueueRequest, starts: Sequence[str]) -> None:
        """List the chunks that begin at these user ids, in the request's own transaction."""
        if starts:
            receipts.open_chunks(connection, request_id=request_id, request=request, starts=starts)

    def queue(self, request_id: UUID, *, number: int, group: UUID | None, correlation_id: str) -> None:
        """Put one message on the requests queue for each of the `number` chunks, after the commit."""
        continuations = [Continuation(continue_request=request_id, chunk=each) for each in range(1, number + 1)]
        self.queues.send(REQUESTS, [chunk_message(each, group, correlation_id) for each in continuations])

    def resume(self, continuation: Continuation) -> None:
        """Store one chunk and put its deliveries on their queues; a repeat does nothing."""
        self.wakeup.arm()
        with self.database.transaction() as connection:
            written = self._write(connection, continuation)
        if written is None:
            return
        chunk, fanned_out = written
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
        self.deliveries.send(fanned_out, kind=chunk.request.type, group=chunk.request.about_team)
        self.wakeup.arm()

    def _write(self, connection: Connection, continuation: Continuation) -> tuple[Chunk, FannedOut] | None:
        """Write the chunk's rows and close it; None where it has been written before or was never listed."""
        chunk = receipts.take_chunk(connection, request_id=continuation.continue_request, number=continuation.chunk)
        if chunk is None:
            return None
        told = FannedOut()
        if not chunk.is_recalled:
            limits = Limits(chunk.brake_id, self.brake.per_person)
            kind = dispatched_type(chunk.request.type)
            told = fan_out.tell_chunk(connection, chunk=chunk, kind=kind, limits=limits)
        receipts.close_chunk(connection, chunk, notifications=told.notifications, deliveries=told.deliveries)
        return chunk, told
