"""From what became of an attempt to what is recorded and what happens to the message."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias
from uuid import UUID, uuid4

from owlpost.db.delivery.claim import Claimed
from owlpost.domain.errors import TransientFault
from owlpost.domain.outcomes import DeadDevice, Failed, Outcome, Retry, Sent, Skipped
from owlpost.domain.retry import GiveUp, RetryBounds, decide, full_jitter

#: The attempt log keeps the latest of a long story.
HISTORY = 20


@dataclass(frozen=True, slots=True)
class Done:
    """The message has done its work."""


@dataclass(frozen=True, slots=True)
class Postpone:
    """The message is to come back after so many seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """Given up: the message goes to the dead-letter queue with the reason."""

    reason: str
    correlation_id: str | None = None


Verdict: TypeAlias = Done | Postpone | DeadLetter


@dataclass(frozen=True, slots=True)
class Settlement:
    """One delivery's new row, in the columns of `db.deliveries.SETTLE`, and what its message is to do."""

    claimed: Claimed
    row: Mapping[str, object]
    verdict: Verdict
    seconds_to_deliver: float
    dead_devices: tuple[DeadDevice, ...] = ()

    @property
    def delivery_id(self) -> UUID:
        return self.claimed.delivery.id

    @property
    def status(self) -> str:
        return str(self.row["status"])

    @property
    def metric(self) -> str:
        return "Retried" if self.status == "pending" else self.status.capitalize()


@dataclass(frozen=True, slots=True)
class Pace:
    """What the retry policy goes by: attempts, age in seconds, and the share of the delay's ceiling that jitter drew."""

    attempts: int
    age_seconds: float
    share: float


@dataclass(frozen=True, slots=True)
class Half:
    """A new frozen batch for some of those whose batch was refused whole."""

    batch_id: UUID
    size: int


@dataclass(frozen=True, slots=True)
class Settling:
    """Turns outcomes into settlements, by the channel's retry bounds.

    A batch that was frozen at `claimed_at` has met its first call: of any other, an earlier attempt may have been accepted.
    """

    bounds: RetryBounds
    now: datetime
    claimed_at: datetime
    jitter: Callable[[float], float] = full_jitter

    def settle_all(self, claimed: Sequence[Claimed], outcomes: Mapping[UUID, Outcome]) -> list[Settlement]:
        """What to record of each attempt; a transient fault past the retry bounds ends the delivery `failed`.

        The members of a frozen batch keep one pace, that of their youngest: they are tried again, or given up, together.
        """
        by_batch: defaultdict[UUID, list[Claimed]] = defaultdict(list)
        for each in claimed:
            by_batch[each.batch_id or each.delivery.id].append(each)
        paces = {batch_id: self._pace(members) for batch_id, members in by_batch.items()}
        halves = {id_: half for members in by_batch.values() for id_, half in self._halves(members, outcomes).items()}
        return [
            self._settle(
                each,
                outcomes[each.delivery.id],
                paces[each.batch_id or each.delivery.id],
                halves.get(each.delivery.id),
            )
            for each in claimed
        ]

    def _halves(self, members: Sequence[Claimed], outcomes: Mapping[UUID, Outcome]) -> dict[UUID, Half]:
        """By delivery id: what is in a batch that was refused whole hurts ever fewer others, and is alone in the end."""
        refused = [each.delivery.id for each in members if self._to_halve(each, outcomes[each.delivery.id])]
        middle = len(refused) // 2
        parts = (refused[:middle], refused[middle:]) if middle else ()
        return {id_: half for part in parts for half in [Half(uuid4(), len(part))] for id_ in part}

    def _to_halve(self, claimed: Claimed, outcome: Outcome) -> bool:
        refused = isinstance(outcome, Retry) and outcome.fault.by_halves
        return refused and claimed.batch_id is not None and not self._perhaps_accepted(claimed)

    def _perhaps_accepted(self, claimed: Claimed) -> bool:
        return claimed.batch_id is not None and claimed.batched_at != self.claimed_at

    def _pace(self, members: Sequence[Claimed]) -> Pace:
        return Pace(
            attempts=min(each.attempts for each in members),
            age_seconds=min(self._age(each) for each in members),
            share=self.jitter(1.0),
        )

    def _settle(self, claimed: Claimed, outcome: Outcome, pace: Pace, half: Half | None) -> Settlement:
        match outcome:
            case Sent():
                return self._ended(claimed, outcome, "sent", None)
            case Skipped(reason=reason):
                return self._ended(claimed, outcome, "skipped", reason)
            case Failed(reason=reason):
                return self._ended(claimed, outcome, "failed", reason)
            case Retry(fault=fault):
                return self._again_or_never(claimed, outcome, fault, pace, half)

    def _again_or_never(
        self, claimed: Claimed, outcome: Retry, fault: TransientFault, pace: Pace, half: Half | None
    ) -> Settlement:
        decision = decide(
            fault,
            attempts=0 if half else pace.attempts,
            age_seconds=pace.age_seconds,
            bounds=self.bounds,
            jitter=lambda ceiling: ceiling * pace.share,
        )
        unknown = fault.ambiguous or self._perhaps_accepted(claimed)
        if isinstance(decision, GiveUp):
            reason = "outcome_unknown" if unknown and claimed.batch_id else fault.reason
            verdict = DeadLetter(f"{decision.reason}: {reason}", claimed.delivery.correlation_id)
            return self._ended(claimed, outcome, "failed", reason, verdict=verdict)
        return Settlement(
            claimed=claimed,
            row={
                **self._row(claimed, outcome, "pending", fault.reason),
                "next_attempt_at": (self.now + timedelta(seconds=decision.delay_seconds)).isoformat(),
                "counts": fault.counts and not half,
                "keeps_batch": unknown,
                "batch_id": str(half.batch_id) if half else None,
                "batch_size": half.size if half else None,
            },
            verdict=Postpone(decision.delay_seconds),
            seconds_to_deliver=self._age(claimed),
            dead_devices=outcome.dead_devices,
        )

    def _age(self, claimed: Claimed) -> float:
        return (self.now - claimed.created_at).total_seconds()

    def _ended(
        self, claimed: Claimed, outcome: Outcome, status: str, reason: str | None, *, verdict: Verdict | None = None
    ) -> Settlement:
        return Settlement(
            claimed=claimed,
            row=self._row(claimed, outcome, status, reason),
            verdict=verdict or Done(),
            seconds_to_deliver=self._age(claimed),
            dead_devices=outcome.dead_devices,
        )

    def _row(self, claimed: Claimed, outcome: Outcome, status: str, reason: str | None) -> dict[str, object]:
        return {
            "id": str(claimed.delivery.id),
            "status": status,
            "error": reason,
            "attempt_metadata": self._metadata(claimed, outcome, status, reason),
            "next_attempt_at": None,
            "counts": True,
            "keeps_batch": True,
            "batch_id": None,
            "batch_size": None,
        }

    def _metadata(self, claimed: Claimed, outcome: Outcome, status: str, reason: str | None) -> dict[str, object]:
        earlier = claimed.delivery.metadata.get("history")
        entry = {"at": self.now.isoformat(), "attempt": claimed.attempts, "status": status, "reason": reason}
        if isinstance(outcome, Retry) and outcome.fault.ambiguous:
            entry["ambiguous"] = True
        history = [*(earlier if isinstance(earlier, list) else []), entry]
        return {**claimed.delivery.metadata, **outcome.metadata, "history": history[-HISTORY:]}
