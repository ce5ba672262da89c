"""One attempt at one destination: what is sent, what came back, and what that means."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from owlpost.channels.guarded import AnswerLostError, BlockedAddressError, GuardedClient, NotSentError, Reply
from owlpost.channels.per_destination import TargetOutcome
from owlpost.channels.provider_answer import Meaning, retry_after
from owlpost.channels.webhook.answers import meaning_of
from owlpost.channels.webhook.message import challenge_body, challenge_of, is_challenged, secrets_of, signed_headers
from owlpost.domain.destinations import Destination, DestinationReport, DestinationState
from owlpost.domain.errors import TransientFault
from owlpost.domain.messages import Delivery
from owlpost.domain.reasons import Reason
from owlpost.seals import CannotOpen, Seals


@dataclass(frozen=True, slots=True)
class WebhookVerdict:
    """What became of a delivery at one destination. `report` is None if nothing was learnt about the destination."""

    outcome: TargetOutcome
    reason: str | None = None
    status: int | None = None
    fault: TransientFault | None = None
    report: DestinationReport | None = None

    @property
    def stops_others(self) -> bool:
        """Whether the other deliveries of the batch to this destination are better left for later."""
        return self.fault is not None


@dataclass(frozen=True, slots=True)
class WebhookCall:
    """`at` is the database's time, which signs the attempt."""

    client: GuardedClient
    seals: Seals
    at: datetime

    def attempt(self, delivery: Delivery, destination: Destination, body: bytes, *, seconds: float) -> WebhookVerdict:
        """Post once. Whatever a receiver does is a verdict; nothing is raised for it."""
        try:
            opened = self.seals.open(destination.id, destination.sealed)
        except CannotOpen:
            return WebhookVerdict(TargetOutcome.SKIPPED, Reason.DESTINATION_UNREADABLE)
        secrets = secrets_of(opened, self.at)
        challenge = challenge_of(delivery.id, secrets[0]) if is_challenged(destination) else None
        sent = challenge_body(delivery, challenge) if challenge else body
        headers = signed_headers(delivery, sent, secrets, at=self.at)
        try:
            reply = self.client.post(str(opened["url"]), sent, headers, seconds=seconds)
        except BlockedAddressError:
            return self._failed(destination, TargetOutcome.REFUSED, Reason.BLOCKED_ADDRESS)
        except NotSentError:
            return self._later(destination, TransientFault(Reason.UNREACHABLE))
        except AnswerLostError:
            return self._later(destination, TransientFault(Reason.NO_ANSWER, ambiguous=True))
        return self._answered(destination, reply, challenge)

    def _answered(self, destination: Destination, reply: Reply, challenge: str | None) -> WebhookVerdict:
        wait = retry_after(reply.headers.get("retry-after"), now=self.at)
        code = f"http_{reply.status}"
        match meaning_of(reply.status, names_wait=wait is not None):
            case Meaning.ACCEPTED if challenge and challenge.encode() not in reply.body:
                return self._failed(destination, TargetOutcome.REFUSED, Reason.NOT_VERIFIED, reply.status)
            case Meaning.ACCEPTED:
                live = DestinationState.LIVE if challenge else None
                report = DestinationReport(destination.id, self.at, state=live)
                return WebhookVerdict(TargetOutcome.DELIVERED, status=reply.status, report=report)
            case Meaning.REFUSED:
                return self._failed(destination, TargetOutcome.REFUSED, Reason.REDIRECTED, reply.status)
            case Meaning.DEAD:
                return self._failed(destination, TargetOutcome.DEAD, code, reply.status)
            case Meaning.TOO_FAST:
                # no word against the receiver: it asks for time, and the delivery loses no attempt
                return self._later(destination, TransientFault(code, retry_after=wait, counts=False), reply.status)
            case _:
                return self._later(destination, TransientFault(code, retry_after=wait), reply.status)

    def _later(self, destination: Destination, fault: TransientFault, status: int | None = None) -> WebhookVerdict:
        report = DestinationReport(destination.id, self.at, error=fault.reason) if fault.counts else None
        return WebhookVerdict(TargetOutcome.TRANSIENT, fault.reason, status, fault, report)

    def _failed(
        self, destination: Destination, outcome: TargetOutcome, reason: str, status: int | None = None
    ) -> WebhookVerdict:
        dead = DestinationState.DEAD if outcome is TargetOutcome.DEAD else None
        report = DestinationReport(destination.id, self.at, error=reason, state=dead)
        return WebhookVerdict(outcome, reason, status, report=report)


def untried(verdict: WebhookVerdict | None) -> WebhookVerdict:
    """Return the verdict on a delivery that was not tried: its receiver has just failed another, or the time is over."""
    met = verdict.fault if verdict else None
    wait = met.retry_after if met else None
    fault = TransientFault(met.reason if met else Reason.OUT_OF_TIME, retry_after=wait, counts=False)
    return WebhookVerdict(TargetOutcome.TRANSIENT, fault.reason, fault=fault)


def record(destination: Destination, verdict: WebhookVerdict, at: datetime) -> Mapping[str, object]:
    """Return what the attempt log keeps of a destination: never its address, and nothing that a receiver said."""
    return {
        "outcome": str(verdict.outcome),
        "label": destination.label,
        "status": verdict.status,
        "reason": verdict.reason,
        "at": at.isoformat(),
    }


#: A delivery and a destination of it.
Target = tuple[UUID, UUID]
