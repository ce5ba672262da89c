"""What a producer's direct call brings: a request, a fact that becomes requests, or a cancellation."""

from dataclasses import dataclass
from datetime import datetime

from owlpost.domain.errors import IdempotencyConflict, InvalidRequest
from owlpost.domain.idempotency import Key
from owlpost.domain.recalls import RecallResult
from owlpost.domain.requests import (
    Cancellation,
    Drained,
    DrainOutbox,
    EnqueueResult,
    is_cancellation,
)
from owlpost.observability import following, logger
from owlpost.producers.happenings import FactResult, is_happening
from owlpost.services.enqueue.dispatch import Dispatch
from owlpost.services.enqueue.facts import Facts
from owlpost.services.enqueue.outbox import Outbox
from owlpost.services.enqueue.recall import Recall


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
    ) -> EnqueueResult | FactResult | Drained | RecallResult:
        """Take the request, fact or cancellation in a parsed JSON value, or drain the outbox. Logs name `correlation_id`.

        With `expected`, a request or a fact that would tell another number of people is refused.

        Raises InvalidRequest naming the field, IdempotencyConflict, or Unavailable for an alert that could not be started.
        """
        with following(correlation_id):
            try:
                if is_happening(body):
                    return self.facts.tell(body, correlation_id=correlation_id, expected=expected)
                if isinstance(body, dict) and "drain_outbox" in body:
                    DrainOutbox.from_json(body)
                    return self._drain(deadline)
                if is_cancellation(body):
                    return self.recall.cancel(Cancellation.from_json(body))
                return self.dispatch.enqueue(
                    body, platform_key=platform_key, correlation_id=correlation_id, expected=expected
                )
            except (InvalidRequest, IdempotencyConflict) as error:
                logger().warning("request refused", extra={"error": str(error)})
                raise

    def _drain(self, deadline: datetime) -> Drained:
        drained = self.outbox.drain(deadline=deadline)
        if not drained:
            self.outbox.nudge()
        return Drained(drained=drained)
