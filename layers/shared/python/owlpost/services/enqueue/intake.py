"""What a producer's direct call brings: a request, or a fact that becomes requests."""

from dataclasses import dataclass

from owlpost.domain.errors import IdempotencyConflict, InvalidRequest
from owlpost.domain.idempotency import Key
from owlpost.domain.requests import EnqueueResult
from owlpost.observability import following, logger
from owlpost.producers.happenings import FactResult, is_happening
from owlpost.services.enqueue.dispatch import Dispatch
from owlpost.services.enqueue.facts import Facts


@dataclass(frozen=True, slots=True)
class Intake:
    dispatch: Dispatch
    facts: Facts

    def take(self, body: object, *, platform_key: Key, correlation_id: str) -> EnqueueResult | FactResult:
        """Take the request or the fact in a parsed JSON value; `correlation_id` is what the logs call it.

        Raises InvalidRequest naming the field, IdempotencyConflict, or Unavailable for an alert that could not be started.
        """
        with following(correlation_id):
            try:
                if is_happening(body):
                    return self.facts.tell(body, correlation_id=correlation_id)
                return self.dispatch.enqueue(body, platform_key=platform_key, correlation_id=correlation_id)
            except (InvalidRequest, IdempotencyConflict) as error:
                logger().warning("request refused", extra={"error": str(error)})
                raise
