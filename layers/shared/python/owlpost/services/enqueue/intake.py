"""What a producer's direct call brings: a request, or a fact that becomes requests."""

from dataclasses import dataclass
from datetime import datetime

from owlpost.domain.errors import IdempotencyConflict, InvalidRequest
from owlpost.domain.idempotency import Key
from owlpost.domain.requests import Drained, DrainOutbox, EnqueueResult
from owlpost.observability import following, logger
from owlpost.producers.happenings import FactResult, is_happening
from owlpost.services.enqueue.dispatch import Dispatch
from owlpost.services.enqueue.facts import Facts
from owlpost.services.enqueue.outbox import Outbox


@dataclass(frozen=True, slots=True)
class Intake:
    dispatch: Dispatch
    facts: Facts
    outbox: Outbox

    def take(
        self, body: object, *, platform_key: Key, correlation_id: str, deadline: datetime
    ) -> EnqueueResult | FactResult | Drained:
        """Take the request or the fact in a parsed JSON value, or drain the outbox; the logs call it by `correlation_id`.

        Raises InvalidRequest naming the field, IdempotencyConflict, or Unavailable for an alert that could not be started.
        """
        with following(correlation_id):
            try:
                if is_happening(body):
                    return self.facts.tell(body, correlation_id=correlation_id)
                if isinstance(body, dict) and "drain_outbox" in body:
                    DrainOutbox.from_json(body)
                    return self._drain(deadline)
                return self.dispatch.enqueue(body, platform_key=platform_key, correlation_id=correlation_id)
            except (InvalidRequest, IdempotencyConflict) as error:
                logger().warning("request refused", extra={"error": str(error)})
                raise

    def _drain(self, deadline: datetime) -> Drained:
        drained = self.outbox.drain(deadline=deadline)
        if not drained:
            self.outbox.nudge()
        return Drained(drained=drained)
