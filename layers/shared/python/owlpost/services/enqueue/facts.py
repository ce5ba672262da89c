"""Facts in, notifications out: a producer of ours puts what happened into words, and its requests go the way of all others."""

from dataclasses import dataclass

from owlpost.domain.errors import IdempotencyConflict
from owlpost.domain.requests import EnqueueRequest, EnqueueResult
from owlpost.invocations import Invocations
from owlpost.observability import logger
from owlpost.producers import happenings
from owlpost.producers.happenings import FactResult, Happened
from owlpost.services.enqueue.dispatch import Dispatch
from owlpost.services.enqueue.submission import Submission

#: The function that mails the operator, and alone may.
ALERT = "alert"


@dataclass(frozen=True, slots=True)
class Facts:
    """What happened, told by its producer. Each request is stored in its own transaction, under a key made of the fact."""

    dispatch: Dispatch
    invocations: Invocations

    def tell(self, body: object, *, correlation_id: str) -> FactResult:
        """Dispatch what comes of the fact in a parsed JSON value. A repeat gets the first answer and tells nobody twice.

        Raises InvalidRequest naming the field, then nothing was written; IdempotencyConflict if other facts came under the
        same run, then every other request of this fact was taken; and Unavailable if the alert could not be started.
        """
        happened = Happened.from_json(body)
        announcement = happenings.announce(happened)
        silence = announcement.silence
        if silence is not None:
            logger().info("nobody is told", extra={"happened": happened.happened, "silent": silence.reason})
            return FactResult(happened=happened.happened, silent=silence.reason)
        if announcement.needs_alert:
            self.invocations.start(ALERT, happened.fact)
            return FactResult(happened=happened.happened, alerted=True)
        results = self._accept_all(announcement.requests, correlation_id)
        return FactResult(happened=happened.happened, requests=results)

    def _accept_all(self, requests: tuple[EnqueueRequest, ...], correlation_id: str) -> tuple[EnqueueResult, ...]:
        """Store each request, so that one team's conflict does not silence the others; the first conflict is raised then."""
        results: list[EnqueueResult] = []
        conflicts: list[IdempotencyConflict] = []
        for request in requests:
            body = request.model_dump(mode="json", exclude_none=True)
            try:
                results.append(self.dispatch.accept(Submission.of(request, body, correlation_id=correlation_id)))
            except IdempotencyConflict as conflict:
                conflicts.append(conflict)
        if conflicts:
            raise conflicts[0]
        return tuple(results)
