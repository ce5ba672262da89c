"""The verdict on one push to one device, and the action that a provider's answer asks for."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum, auto

from owlpost.channels.http2.exchange import Call, Response
from owlpost.channels.per_destination import TargetOutcome
from owlpost.channels.provider_answer import retry_after
from owlpost.domain.errors import TransientFault
from owlpost.domain.messages import Delivery, Device
from owlpost.domain.reasons import Reason

#: Seconds until we look whether the operator has mended a key, a topic or a project.
OPERATOR_PAUSE = 60.0


class Action(StrEnum):
    """The action that an answer asks for."""

    DELIVERED = auto()
    #: The token is dead: retire the device, unless it was registered again since.
    DEAD = auto()
    #: Dead only if the provider's other environment does not know the token either.
    OTHER_ENVIRONMENT = auto()
    #: Our bearer token is too old: renew it and ask once more.
    RENEW_TOKEN = auto()
    #: The operator's fault: nothing is deleted, an alarm is raised, a later attempt may find it mended.
    OPERATOR = auto()
    #: The token belongs to another app or project: skip this device. If all tokens do, it is the operator's fault.
    OTHER_APP = auto()
    #: The provider will never accept this payload.
    REFUSED = auto()
    RETRY = auto()
    #: We are over a rate limit; it uses up no attempt.
    SLOW_DOWN = auto()


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


def answered(action: Action, reason: str, response: Response, *, dead_since: datetime) -> PushVerdict:
    """Return the verdict on an answer after which this attempt asks no more.

    `dead_since` is used if the token is dead: the time from the provider, or else the time of its registration.
    """
    status = response.status
    match action:
        case Action.DELIVERED:
            return PushVerdict(TargetOutcome.DELIVERED, None, status)
        case Action.DEAD | Action.OTHER_ENVIRONMENT:
            return PushVerdict(TargetOutcome.DEAD, reason, status, dead_since=dead_since)
        case Action.REFUSED:
            return PushVerdict(TargetOutcome.REFUSED, reason, status)
        case Action.OTHER_APP:
            return PushVerdict(TargetOutcome.SKIPPED, reason, status, other_app=True)
    misconfigured = action in {Action.OPERATOR, Action.RENEW_TOKEN}
    fault = TransientFault(
        reason,
        f"HTTP {status}",
        retry_after=_retry_after(response),
        ambiguous=response.doubted,
        counts=action is not Action.SLOW_DOWN,
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
