"""Every ten minutes: see whether the last canary came through, and send the next one the way of everybody's deliveries."""

from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

from sqlalchemy import Connection

from owlpost.db import canary
from owlpost.db.canary import CanaryDevice
from owlpost.db.enqueue import recall
from owlpost.domain.canary import CANARY_ID, EVERY, NO_ADDRESS, PRODUCER, Rules, Verdict, sight
from owlpost.domain.clock import Clock
from owlpost.domain.errors import Misconfigured
from owlpost.domain.idempotency import Key
from owlpost.domain.requests import EnqueueRequest
from owlpost.domain.types import CANARY
from owlpost.domain.value import dataclass
from owlpost.observability import count, logger
from owlpost.services.enqueue.dispatch import Dispatch
from owlpost.services.enqueue.submission import Submission

#: Only the canary of the last run is news.
LOOKED_BACK = timedelta(seconds=1.5 * EVERY.total_seconds())


@dataclass(frozen=True, slots=True)
class CanaryPlan:
    """Where canaries go, and what it is to come through."""

    channels: tuple[str, ...]
    rules: Rules
    address: str = NO_ADDRESS
    device: CanaryDevice | None = None


@dataclass(frozen=True, slots=True)
class CanaryRun:
    """`verdicts` are about the canary before, by channel; a channel that had none is left out."""

    request_id: UUID | None
    verdicts: Mapping[str, Verdict]


@dataclass(frozen=True, slots=True)
class Canary:
    dispatch: Dispatch
    plan: CanaryPlan
    now: Clock

    def send(self, *, run: str) -> CanaryRun:
        """Judge the last canary, take it back if it is still pending, and send the next. `run` names this run once.

        Each channel gets the metric `CanaryMissed`, 0 or 1. Where this raises it gets none, and that is an alarm as well.
        Raises Misconfigured if the address or the device is a person's, or if nothing is to be sent to.
        """
        if not self.plan.channels:
            raise Misconfigured("CANARY_EMAIL or CANARY_PUSH_TOKEN: one of them must be set")
        with self.dispatch.transaction() as connection:
            verdicts = self._judge(connection)
            self._place(connection)
            stored = self.dispatch.store(connection, self._submission(run))
        self.dispatch.queue(stored)
        self._report(verdicts)
        return CanaryRun(stored.result.request_id, verdicts)

    def _judge(self, connection: Connection) -> dict[str, Verdict]:
        """Return the verdicts. What has not come through is taken back: a hundred that come late would say no more."""
        now = self.now()
        flights = canary.flights(connection, since=now - LOOKED_BACK)
        if pending := canary.pending_requests(connection, before=now - self.plan.rules.within):
            recall.recall(connection, pending)
        known = {each.channel for each in flights}
        seen = [sight(channel, flights, self.plan.rules, now) for channel in self.plan.channels if channel in known]
        for each in seen:
            if each.verdict is Verdict.MISSED:
                logger().error("canary did not come through", extra={"channel": each.channel, "reason": each.reason})
        return {each.channel: each.verdict for each in seen}

    def _place(self, connection: Connection) -> None:
        plan = self.plan
        if canary.is_taken(connection, plan.address):
            raise Misconfigured(
                "CANARY_EMAIL: it is the address of a person, and must be one that nobody signs in with"
            )
        canary.place_person(connection, plan.address, plan.channels)
        if not canary.place_device(connection, plan.device):
            raise Misconfigured("CANARY_PUSH_TOKEN: it is a person's device, and must be one on which nobody signs in")

    def _submission(self, run: str) -> Submission:
        body = {
            "type": CANARY.key,
            "recipients": {"user_ids": [str(CANARY_ID)]},
            "title": "Owlpost canary",
            "body": f"Sent by Owlpost to itself: deliveries come through. Run {run}.",
            "producer": PRODUCER,
        }
        request = EnqueueRequest.model_validate(body)
        return Submission.of(request, body, platform_key=Key("lambda", f"canary {run}"))

    def _report(self, verdicts: Mapping[str, Verdict]) -> None:
        for channel in self.plan.channels:
            count("CanaryMissed", int(verdicts.get(channel) is Verdict.MISSED), channel=channel)
