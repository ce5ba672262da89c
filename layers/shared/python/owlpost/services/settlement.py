"""From what became of an attempt to what is recorded and what happens to the message."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias
from uuid import UUID

from owlpost.db.claimed import Claimed
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
class Settling:
    """Turns outcomes into settlements, by the channel's retry bounds.

    `fresh_batch_id` is the batch that this claim froze: of any other, an earlier attempt may have been accepted.
    """

    bounds: RetryBounds
    now: datetime
    fresh_batch_id: UUID | None = None
    jitter: Callable[[float], float] = full_jitter

    def settle_all(self, claimed: Sequence[Claimed], outcomes: Mapping[UUID, Outcome]) -> list[Settlement]:
        """What to record of each attempt; a transient fault past the retry bounds ends the delivery `failed`.

        The members of a frozen batch keep one pace, that of their youngest: they are tried again, or given up, together.
        """
        by_batch: defaultdict[UUID, list[Claimed]] = defaultdict(list)
        for each in claimed:
            by_batch[each.batch_id or each.delivery.id].append(each)
        paces = {batch_id: self._pace(members) for batch_id, members in by_batch.items()}
        return [
            self._settle(each, outcomes[each.delivery.id], paces[each.batch_id or each.delivery.id]) for each in claimed
        ]

    def _pace(self, members: Sequence[Claimed]) -> Pace:
        return Pace(
            attempts=min(each.attempts for each in members),
            age_seconds=min(self._age(each) for each in members),
            share=self.jitter(1.0),
        )

    def _settle(self, claimed: Claimed, outcome: Outcome, pace: Pace) -> Settlement:
        match outcome:
            case Sent():
                return self._ended(claimed, outcome, "sent", None)
            case Skipped(reason=reason):
                return self._ended(claimed, outcome, "skipped", reason)
            case Failed(reason=reason):
                return self._ended(claimed, outcome, "failed", reason)
            case Retry(fault=fault):
                return self._again_or_never(claimed, outcome, fault, pace)

    def _again_or_never(self, claimed: Claimed, outcome: Retry, fault: TransientFault, pace: Pace) -> Settlement:
        decision = decide(
            fault,
            attempts=pace.attempts,
            age_seconds=pace.age_seconds,
            bounds=self.bounds,
            jitter=lambda ceiling: ceiling * pace.share,
        )
        unknown = fault.ambiguous or claimed.batch_id not in (None, self.fresh_batch_id)
        if isinstance(decision, GiveUp):
            reason = "outcome_unknown" if unknown and claimed.batch_id else fault.reason
            verdict = DeadLetter(f"{decision.reason}: {reason}", claimed.delivery.correlation_id)
            return self._ended(claimed, outcome, "failed", reason, verdict=verdict)
        return Settlement(
            claimed=claimed,
            row={
                **self._row(claimed, outcome, "pending", fault.reason),
                "next_attempt_at": (self.now + timedelta(seconds=decision.delay_seconds)).isoformat(),
                "counts": fault.counts,
                "keeps_batch": unknown,
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
        }

    def _metadata(self, claimed: Claimed, outcome: Outcome, status: str, reason: str | None) -> dict[str, object]:
        earlier = claimed.delivery.metadata.get("history")
        entry = {"at": self.now.isoformat(), "attempt": claimed.attempts, "status": status, "reason": reason}
        if isinstance(outcome, Retry) and outcome.fault.ambiguous:
            entry["ambiguous"] = True
        history = [*(earlier if isinstance(earlier, list) else []), entry]
        return {**claimed.delivery.metadata, **outcome.metadata, "history": history[-HISTORY:]}
