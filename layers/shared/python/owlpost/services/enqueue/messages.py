"""Messages of the requests queue in, partial batch responses out."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from owlpost.db.outage import is_outage, is_unreachable
from owlpost.domain import json_values
from owlpost.domain.errors import IdempotencyConflict, InvalidRequest
from owlpost.domain.idempotency import Key
from owlpost.domain.message_kinds import MessageKind, kind_of
from owlpost.domain.queue_names import REQUESTS
from owlpost.domain.requests import Continuation, Drained
from owlpost.domain.value import dataclass
from owlpost.observability import count, following, logger
from owlpost.queue import Queues
from owlpost.queue_messages import Received
from owlpost.services.dead_letter import DeadLetterSink
from owlpost.services.enqueue.intake import Intake

#: Seconds until a request reappears after an outage of the database, by how often it was received. A short outage delays it
#: by seconds only; together they last as long as the queue's own visibility timeout would, as each receive counts.
OUTAGE_WAITS = (5, 15, 60, 600, 1_200)
#: Seconds that a paused database may take, and the receives that a request has behind it by then.
WAKES_UP_WITHIN = 60
RECEIVES_TO_WAKE_UP = 3
#: A request takes seconds at most. With less time left than this it is not begun, as Lambda would kill it half-way.
SPARE = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class ComeBack:
    """The message is to be received again: after so many seconds, or when its visibility timeout ends."""

    seconds: float | None = None
    unreachable: bool = False


@dataclass(frozen=True, slots=True)
class RequestMessages:
    """Messages of the requests queue: each is what a producer sends, or a chunk of a request that continues."""

    intake: Intake
    queues: Queues
    dead_letters: DeadLetterSink

    def handle(self, messages: Sequence[Received], *, deadline: datetime) -> list[str]:
        """Return the ids of the messages that are to come back.

        A message with bad input is kept as a dead letter at once, and delays no other. Once the database cannot be reached,
        the rest is not begun: each would wait in vain for as long, and each receive counts.
        """
        failed: list[str] = []
        waits: dict[str, float] = {}
        unreachable = False
        for message in messages:
            if unreachable:
                come_back: ComeBack | None = ComeBack(_outage_wait(message))
            elif self.intake.dispatch.now() + SPARE <= deadline:
                come_back = self._handle(message, deadline)
                unreachable = come_back is not None and come_back.unreachable
            else:
                come_back = ComeBack(0)
            if come_back is None:
                continue
            failed.append(message.id)
            if come_back.seconds is not None:
                waits[message.receipt_handle] = come_back.seconds
        self.queues.postpone(REQUESTS, waits)
        if unreachable and any(message.receives > RECEIVES_TO_WAKE_UP for message in messages):
            count("RequestsWait")
        return failed

    def _handle(self, message: Received, deadline: datetime) -> ComeBack | None:
        with following(message.correlation_id):
            try:
                return self._take(message, deadline)
            except (InvalidRequest, IdempotencyConflict) as error:
                logger().warning("request refused", extra={"error": str(error)})
                return None if self.dead_letters.keep(message, str(error)) else ComeBack()
            except Exception as error:  # noqa: BLE001 (one message's fault must not hold up the others; it is logged)
                logger().exception("request failed", extra={"message_id": message.id})
                return ComeBack(_outage_wait(message) if is_outage(error) else None, is_unreachable(error))

    def _take(self, message: Received, deadline: datetime) -> ComeBack | None:
        """Return when the message is to come back: only a nudge does, if there was no time for all of the outbox."""
        body = json_values.parse(message.body)
        if kind_of(body) is MessageKind.CONTINUATION:
            self.intake.dispatch.chunks.resume(Continuation.from_json(body))
            return None
        key = Key("sqs", message.id)
        answer = self.intake.take(body, platform_key=key, correlation_id=message.correlation_id, deadline=deadline)
        return ComeBack(0) if isinstance(answer, Drained) and not answer.drained else None


def _outage_wait(message: Received) -> float:
    return OUTAGE_WAITS[min(message.receives, len(OUTAGE_WAITS)) - 1]
