"""The verdict on one push to one device, by what a provider's answer means."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime

from owlpost.channels.http2.exchange import Call, Response
from owlpost.channels.per_destination import TargetOutcome
from owlpost.channels.provider_answer import Meaning, retry_after
from owlpost.domain.errors import TransientFault
from owlpost.domain.messages import Delivery, Device
from owlpost.domain.reasons import Reason
from owlpost.domain.value import dataclass

#: Seconds until we look whether the operator has mended a key, a topic or a project.
OPERATOR_PAUSE = 60.0


@dataclass(frozen=True, slots=True)
class PushVerdict:
    """The verdict on one push: `fault` is set if it is transient, `dead_since` if the token is dead."""

    outcome: TargetOutcome
    reason: str | None = None
    status: int | None = None
    provider_id: str | None = None
    fault: TransientFault | None = None
    dead_since: datetime | None = None
    misconfigured: bool = False
    #: The token belongs to another app or project.
    other_app: bool = False


@dataclass(slots=True)
class Push:
    """One delivery to one device, and its verdict once there is one. `body` is what the provider's `render` made."""

    delivery: Delivery
    device: Device
    body: bytes = b""
    verdict: PushVerdict | None = None


def deliveries(pushes: Iterable[Push]) -> Iterable[Delivery]:
    """Return the deliveries that the pushes belong to, each once."""
    return {push.delivery.id: push.delivery for push in pushes}.values()


def unanswered(fault: TransientFault) -> PushVerdict:
    """Return the verdict on a push that got no answer."""
    return PushVerdict(TargetOutcome.TRANSIENT, fault.reason, fault=fault)


def answered(kind: Meaning, reason: str, response: Response, *, dead_since: datetime) -> PushVerdict:
    """Return the verdict on an answer after which this attempt asks no more.

    `dead_since` is used if the token is dead: the time from the provider, or else the time of its registration.
    """
    status = response.status
    match kind:
        case Meaning.ACCEPTED:
            return PushVerdict(TargetOutcome.DELIVERED, None, status)
        case Meaning.DEAD | Meaning.OTHER_ENVIRONMENT:
            return PushVerdict(TargetOutcome.DEAD, reason, status, dead_since=dead_since)
        case Meaning.REFUSED:
            return PushVerdict(TargetOutcome.REFUSED, reason, status)
        case Meaning.OTHER_APP:
            return PushVerdict(TargetOutcome.SKIPPED, reason, status, other_app=True)
    misconfigured = kind in {Meaning.OPERATOR, Meaning.RENEW}
    fault = TransientFault(
        reason,
        f"HTTP {status}",
        retry_after=_retry_after(response),
        ambiguous=response.doubted,
        counts=kind is not Meaning.TOO_FAST,
        misconfigured=misconfigured,
    )
    return PushVerdict(TargetOutcome.TRANSIENT, reason, status, fault=fault, misconfigured=misconfigured)


def operator_fault(verdict: PushVerdict) -> PushVerdict:
    """Return the verdict as a fault of our key, topic or project: try again, without counting the attempt."""
    reason = verdict.reason or ""
    fault = TransientFault(
        reason,
        f"HTTP {verdict.status}" if verdict.status else "the provider hung up",
        retry_after=OPERATOR_PAUSE,
        ambiguous=bool(verdict.fault and verdict.fault.ambiguous),
        counts=False,
        misconfigured=True,
    )
    return replace(verdict, outcome=TargetOutcome.TRANSIENT, fault=fault, misconfigured=True, other_app=False)


def _retry_after(response: Response) -> float | None:
    return retry_after(response.headers.get(b"retry-after", b"").decode("ascii", "replace"), now=datetime.now(UTC))


def answer_of(call: Call) -> Response | TransientFault:
    """Return the answer to a call, or its fault."""
    return call.answer or call.fail(Reason.DEADLINE)
