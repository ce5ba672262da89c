"""What producers send: a request, a fact that becomes requests, a cancellation, a nudge. By call or queue, it is taken here."""

from datetime import datetime
from typing import TypeAlias

from owlpost.domain.errors import IdempotencyConflict, InvalidRequest
from owlpost.domain.idempotency import Key
from owlpost.domain.message_kinds import MessageKind, kind_of
from owlpost.domain.recalls import RecallResult
from owlpost.domain.requests import Cancellation, Drained, DrainOutbox, EnqueueResult
from owlpost.domain.value import dataclass
from owlpost.observability import following, logger
from owlpost.producers.happenings import FactResult
from owlpost.services.enqueue.dispatch import Dispatch
from owlpost.services.enqueue.facts import Facts
from owlpost.services.enqueue.outbox import Outbox
from owlpost.services.enqueue.recall import Recall

Answer: TypeAlias = EnqueueResult | FactResult | Drained | RecallResult


@dataclass(frozen=True, slots=True)
class Intake:
    dispatch: Dispatch
    facts: Facts
    outbox: Outbox
    recall: Recall

    def take(
        self,
        body: object,
        *,
        platform_key: Key,
        correlation_id: str,
        deadline: datetime,
        expected: int | None = None,
    ) -> Answer:
        """Take what is in a parsed JSON value.

        With `expected`, a request or a fact that would tell another number of people is refused.

        Raises InvalidRequest naming the field, IdempotencyConflict, or Unavailable for an alert that could not be started.
        """
        match kind_of(body):
            case MessageKind.FACT:
                return self.facts.tell(body, correlation_id=correlation_id, expected=expected)
            case MessageKind.NUDGE:
                DrainOutbox.from_json(body)
                return Drained(drained=self.outbox.drain(deadline=deadline))
            case MessageKind.CANCELLATION:
                return self.recall.cancel(Cancellation.from_json(body))
            case MessageKind.CONTINUATION:
                raise InvalidRequest("continue_request", "comes by the requests queue alone")
            case MessageKind.REQUEST:
                return self.dispatch.enqueue(
                    body, platform_key=platform_key, correlation_id=correlation_id, expected=expected
                )

    def answer(
        self,
        body: object,
        *,
        platform_key: Key,
        correlation_id: str,
        deadline: datetime,
        expected: int | None = None,
    ) -> Answer:
        """Take what came by a direct call. Logs name `correlation_id`. Raises as `take` does, and logs what is refused."""
        with following(correlation_id):
            try:
                answer = self.take(
                    body,
                    platform_key=platform_key,
                    correlation_id=correlation_id,
                    deadline=deadline,
                    expected=expected,
                )
            except (InvalidRequest, IdempotencyConflict) as error:
                logger().warning("request refused", extra={"error": str(error)})
                raise
            if isinstance(answer, Drained) and not answer.drained:
                self.outbox.nudge()
            return answer
