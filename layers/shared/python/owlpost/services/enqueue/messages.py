"""Messages of the requests queue in, partial batch responses out."""

from collections.abc import Iterable
from dataclasses import dataclass

from owlpost.domain import json_values, requests
from owlpost.domain.errors import IdempotencyConflict, InvalidRequest
from owlpost.domain.idempotency import Key
from owlpost.domain.requests import Continuation
from owlpost.observability import following, logger
from owlpost.queue_messages import Received
from owlpost.services.dead_letter import DeadLetterSink
from owlpost.services.enqueue.dispatch import Dispatch
from owlpost.services.enqueue.submission import Submission


@dataclass(frozen=True, slots=True)
class RequestMessages:
    """Messages of the requests queue: each a producer's request, or a chunk of one that continues."""

    dispatch: Dispatch
    dead_letters: DeadLetterSink

    def handle(self, messages: Iterable[Received]) -> list[str]:
        """Return the ids of the messages that are to come back.

        A message with bad input is kept as a dead letter at once, and delays no other.
        """
        return [message.id for message in messages if not self._handle(message)]

    def _handle(self, message: Received) -> bool:
        with following(message.correlation_id):
            try:
                self._take(message)
            except (InvalidRequest, IdempotencyConflict) as error:
                logger().warning("request refused", extra={"error": str(error)})
                return self.dead_letters.keep(message, str(error))
            except Exception:  # noqa: BLE001 (one message's fault must not hold up the others; it comes back and is logged)
                logger().exception("request failed", extra={"message_id": message.id})
                return False
            return True

    def _take(self, message: Received) -> None:
        body = json_values.parse(message.body)
        request = requests.parse(body)
        if isinstance(request, Continuation):
            self.dispatch.chunks.resume(request)
            return
        key = Key("sqs", message.id)
        self.dispatch.accept(Submission.of(request, body, platform_key=key, correlation_id=message.correlation_id))
