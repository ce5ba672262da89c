"""What became of one push to one device, and what a provider's answer asks of us."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum, auto

from owlpost.channels.http2.exchange import Call, Response
from owlpost.domain.errors import TransientFault
from owlpost.domain.messages import Delivery, Device


class DeviceOutcome(StrEnum):
    """What the attempt log says of a device; all but `transient` are final."""

    DELIVERED = auto()
    DEAD = auto()
    SKIPPED = auto()
    REFUSED = auto()
    TRANSIENT = auto()


class Action(StrEnum):
    """What to do about an answer."""

    DELIVERED = auto()
    #: The token is dead: the device goes, unless it was registered again since.
    DEAD = auto()
    #: Dead only if the provider's other environment does not know it either.
    OTHER_ENVIRONMENT = auto()
    #: Our bearer token is too old: make a new one and ask again, once.
    RENEW_TOKEN = auto()
    #: The operator's fault: nothing is deleted, an alarm is raised, a later attempt may find it mended.
    OPERATOR = auto()
    #: This payload will never be taken.
    REFUSED = auto()
    RETRY = auto()
    #: Too much at once, which says nothing against the delivery.
    SLOW_DOWN = auto()


@dataclass(frozen=True, slots=True)
class Verdict:
    """The end of one push: `fault` is there when it is transient, `dead_since` when the device is dead."""

    outcome: DeviceOutcome
    reason: str | None = None
    status: int | None = None
    provider_id: str | None = None
    fault: TransientFault | None = None
    dead_since: datetime | None = None
    misconfigured: bool = False


@dataclass(slots=True)
class Push:
    """One delivery on its way to one device; `body` is what its provider's `render` made."""

    delivery: Delivery
    device: Device
    body: bytes = b""
    verdict: Verdict | None = None


def deliveries(pushes: Iterable[Push]) -> Iterable[Delivery]:
    """Return the deliveries that the pushes belong to, each once."""
    return {push.delivery.id: push.delivery for push in pushes}.values()


def unanswered(fault: TransientFault) -> Verdict:
    """The verdict where no answer came."""
    return Verdict(DeviceOutcome.TRANSIENT, fault.reason, fault=fault)


def answered(action: Action, reason: str, response: Response, *, dead_since: datetime) -> Verdict:
    """The verdict for an answer whose action leaves nothing more to try in this attempt.

    `dead_since` is when the token died, should it be dead: where no provider tells, the time of the registration tried.
    """
    status = response.status
    match action:
        case Action.DELIVERED:
            return Verdict(DeviceOutcome.DELIVERED, None, status)
        case Action.DEAD | Action.OTHER_ENVIRONMENT:
            return Verdict(DeviceOutcome.DEAD, reason, status, dead_since=dead_since)
        case Action.REFUSED:
            return Verdict(DeviceOutcome.REFUSED, reason, status)
    fault = TransientFault(
        reason,
        f"HTTP {status}",
        retry_after=retry_after(response),
        ambiguous=response.doubted,
        counts=action is not Action.SLOW_DOWN,
    )
    misconfigured = action in {Action.OPERATOR, Action.RENEW_TOKEN}
    return Verdict(DeviceOutcome.TRANSIENT, reason, status, fault=fault, misconfigured=misconfigured)


def retry_after(response: Response) -> float | None:
    """Return the seconds that `retry-after` asks for; dates are not used by push providers and count as none."""
    value = response.headers.get(b"retry-after", b"")
    return float(value) if value.isdigit() else None


def answer_of(call: Call) -> Response | TransientFault:
    """Return the answer that an exchange has given a call."""
    return call.answer or call.fail("deadline")
