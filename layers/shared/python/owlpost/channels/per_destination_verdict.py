"""From what a receiver answered to what that means for the delivery there, and for the destination."""

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from typing import Any, Generic, Literal, Self, TypeVar

from owlpost.channels.per_destination import TargetOutcome
from owlpost.channels.provider_answer import Meaning
from owlpost.domain.destinations import Destination, DestinationReport, DestinationState, NewAddress
from owlpost.domain.errors import TransientFault
from owlpost.domain.messages import Delivery
from owlpost.domain.reasons import Reason
from owlpost.domain.value import dataclass
from owlpost.seals import Seals

Content = TypeVar("Content")
#: Seconds until a delivery is tried again whose provider refuses our account.
OPERATORS_PAUSE = 300.0
#: And of one that calls too many destinations dead.
DOUBTFUL_PAUSE = 60.0


@dataclass(frozen=True, slots=True)
class Visit(Generic[Content]):
    """One delivery at one destination.

    `opened` is what was sealed of it, `at` the database's time, `seconds` what a call may take.
    """

    delivery: Delivery
    destination: Destination
    opened: Mapping[str, Any]
    content: Content
    at: datetime
    seconds: float


@dataclass(frozen=True, slots=True)
class Moved:
    """Where the destination is from now on: `content` is sealed, and `address` is what makes two destinations the same."""

    address: str
    content: Mapping[str, object]
    exclusive: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """What a receiver answered. `code` goes into records and `explain`: never an address, nothing that a stranger wrote.

    `kept` is what else the record keeps, such as the provider's id of the message. `moved` is a new address of the destination.
    `proves` is false where acceptance leaves open whose the place is, so that its owner has to say that they saw it.
    """

    meaning: Meaning
    code: str | None = None
    status: int | None = None
    retry_after: float | None = None
    moved: Moved | None = None
    kept: Mapping[str, object] = field(default_factory=dict)
    proves: bool = True

    @classmethod
    def passes(cls, code: str) -> Self:
        """Nothing was sent, or it was refused for the moment."""
        return cls(Meaning.PASSES, code)

    @classmethod
    def lost(cls, code: str) -> Self:
        """It went out, and nobody can tell what became of it."""
        return cls(Meaning.UNKNOWN, code)

    @classmethod
    def skipped(cls, code: str) -> "Skip":
        """Rightly not sent there, as without a key."""
        return Skip(Meaning.REFUSED, code)


@dataclass(frozen=True, slots=True)
class Skip(Answer):
    """Nothing was called, and nothing is learnt about the destination."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a delivery at one destination. `report` is None if nothing was learnt about the destination."""

    outcome: TargetOutcome
    reason: str | None = None
    status: int | None = None
    fault: TransientFault | None = None
    report: DestinationReport | None = None
    kept: Mapping[str, object] = field(default_factory=dict)

    @property
    def stops_others(self) -> bool:
        """Whether the other deliveries of the batch to this destination are better left for later."""
        return self.fault is not None or self.outcome is TargetOutcome.UNKNOWN


def verdict_of(
    answer: Answer, visit: Visit[Any], seals: Seals, *, repeat: Literal["same", "replaces", "twice"]
) -> Verdict:
    """Return what an answer means. A destination that was not proven is proven by the first that it accepts."""
    if isinstance(answer, Skip):
        return Verdict(TargetOutcome.SKIPPED, answer.code)
    code = answer.code or (f"http_{answer.status}" if answer.status else None)
    told = _Telling(visit, _sealed(answer.moved, visit, seals), answer, code or Reason.NO_ANSWER)
    if answer.meaning is Meaning.ACCEPTED:
        return told.accepted()
    if answer.meaning in _ENDS:
        return told.ended(*_ENDS[answer.meaning])
    if answer.meaning is Meaning.UNKNOWN and repeat == "twice":
        return told.ended(TargetOutcome.UNKNOWN)
    return told.later(_fault(answer, told.code))


def _fault(answer: Answer, code: str) -> TransientFault:
    if answer.meaning is Meaning.TOO_FAST:
        # no word against the receiver: it asks for time, and the delivery loses no attempt
        return TransientFault(code, retry_after=answer.retry_after, counts=False)
    if answer.meaning is Meaning.OPERATOR:
        wait = answer.retry_after or OPERATORS_PAUSE
        return TransientFault(code, retry_after=wait, counts=False, misconfigured=True)
    return TransientFault(
        code,
        retry_after=answer.retry_after,
        ambiguous=answer.meaning is Meaning.UNKNOWN,
        server_error=(answer.status or 0) >= 500,
    )


#: What is final at a destination, and what becomes of the destination.
_ENDS: Mapping[Meaning, tuple[TargetOutcome, DestinationState | None]] = {
    Meaning.DEAD: (TargetOutcome.DEAD, DestinationState.DEAD),
    Meaning.OFF: (TargetOutcome.REFUSED, DestinationState.OFF),
    Meaning.REFUSED: (TargetOutcome.REFUSED, None),
}


@dataclass(frozen=True, slots=True)
class _Telling:
    visit: Visit[Any]
    moved: NewAddress | None
    answer: Answer
    code: str

    def accepted(self) -> Verdict:
        state = DestinationState.LIVE if self.answer.proves and not self.visit.destination.is_proven else None
        return Verdict(
            TargetOutcome.DELIVERED, status=self.answer.status, report=self._report(None, state), kept=self.answer.kept
        )

    def ended(self, outcome: TargetOutcome, state: DestinationState | None = None) -> Verdict:
        return Verdict(
            outcome, self.code, self.answer.status, report=self._report(self.code, state), kept=self.answer.kept
        )

    def later(self, fault: TransientFault) -> Verdict:
        report = self._report(fault.reason) if fault.counts or self.moved else None
        return Verdict(TargetOutcome.TRANSIENT, fault.reason, self.answer.status, fault, report, self.answer.kept)

    def _report(self, error: str | None, state: DestinationState | None = None) -> DestinationReport:
        return DestinationReport(self.visit.destination.id, self.visit.at, error, state, self.moved)


def _sealed(moved: Moved | None, visit: Visit[Any], seals: Seals) -> NewAddress | None:
    if moved is None:
        return None
    sealed = seals.seal(visit.destination.id, moved.content)
    return NewAddress(sealed, seals.fingerprints(moved.address)[0], moved.exclusive)


def unbelieved(verdict: Verdict) -> Verdict:
    """Return the verdict on a delivery whose destination was called dead by a provider that is doubted: it is asked again."""
    fault = TransientFault(Reason.MASS_DEAD_TOKENS, retry_after=DOUBTFUL_PAUSE, counts=False)
    return Verdict(TargetOutcome.TRANSIENT, fault.reason, verdict.status, fault)


def untried(met: Verdict | None) -> Verdict:
    """Return the verdict on a delivery that was not tried: its receiver has just failed another, or the time is over."""
    fault = met.fault if met else None
    wait = fault.retry_after if fault else None
    reason = met.reason if met and met.reason else Reason.OUT_OF_TIME
    later = TransientFault(reason, retry_after=wait, counts=False)
    return Verdict(TargetOutcome.TRANSIENT, later.reason, fault=later)


def record(destination: Destination, verdict: Verdict, at: datetime) -> Mapping[str, object]:
    """Return what the attempt log keeps of a destination: never its address, and nothing that a receiver said."""
    return {
        "outcome": str(verdict.outcome),
        "label": destination.label,
        "status": verdict.status,
        "reason": verdict.reason,
        "at": at.isoformat(),
        **verdict.kept,
    }
