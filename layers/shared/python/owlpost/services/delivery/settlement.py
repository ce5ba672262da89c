"""Decides, from the outcome of an attempt, what is recorded and what happens to the message."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TypeAlias
from uuid import UUID, uuid4

from owlpost.db.delivery.claim import Claimed
from owlpost.db.delivery.pauses import PROBE_SECONDS
from owlpost.db.delivery.settle import SettledRow
from owlpost.domain.destinations import DestinationReport
from owlpost.domain.errors import TransientFault
from owlpost.domain.outcomes import DeadDevice, Failed, Outcome, Retry, Sent, Skipped
from owlpost.domain.reasons import Reason
from owlpost.domain.retry import GiveUp, RetryBounds, TryAgain, decide, full_jitter
from owlpost.domain.value import dataclass
from owlpost.services.delivery.attempt_log import surely_not_accepted, with_entry, with_mark


@dataclass(frozen=True, slots=True)
class Done:
    """The message is deleted: its delivery needs no further attempt."""


@dataclass(frozen=True, slots=True)
class Postpone:
    """The message reappears after so many seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class GiveUpMessage:
    """The delivery was given up: the message goes to the dead-letter queue with the reason."""

    reason: str
    correlation_id: str | None = None


MessageFate: TypeAlias = Done | Postpone | GiveUpMessage


@dataclass(frozen=True, slots=True)
class Settlement:
    """The new row of one delivery, and the fate of its message."""

    claimed: Claimed
    row: SettledRow
    fate: MessageFate
    seconds_to_deliver: float
    dead_devices: tuple[DeadDevice, ...] = ()
    destinations: tuple[DestinationReport, ...] = ()
    #: It is tried again after an answer that says that the provider itself has failed.
    after_server_error: bool = False

    @property
    def delivery_id(self) -> UUID:
        return self.claimed.delivery.id

    @property
    def status(self) -> str:
        return self.row.status

    @property
    def metric(self) -> str:
        return "Retried" if self.status == "pending" else self.status.capitalize()


@dataclass(frozen=True, slots=True)
class Pace:
    """The input of the retry policy: attempts, age in seconds, and the share of the longest delay that jitter drew."""

    #: The members of the batch that are tried again; the others have ended and leave the batch.
    staying: int
    attempts: int
    age_seconds: float
    #: Of the age, the seconds in which a provider was paused.
    held_seconds: float
    share: float


@dataclass(frozen=True, slots=True)
class Half:
    """A new frozen batch for one half of a batch that the provider refused as a whole."""

    batch_id: UUID
    size: int


@dataclass(frozen=True, slots=True)
class Settling:
    """Turns outcomes into settlements, by the channel's retry bounds.

    Only a batch frozen at `claimed_at` is on its first call; any other may already have been accepted.
    """

    bounds: RetryBounds
    now: datetime
    claimed_at: datetime
    #: Reasons for which a provider refuses our account now: deliveries that met one wait for the next probe.
    refusals: frozenset[str] = frozenset()
    jitter: Callable[[float], float] = full_jitter

    def settle_all(self, claimed: Sequence[Claimed], outcomes: Mapping[UUID, Outcome]) -> list[Settlement]:
        """Return one settlement for each claimed delivery. A transient fault past the retry bounds ends it `failed`.

        The members of a frozen batch, and of what goes out as one, share one pace, that of the youngest: they are tried
        again, or given up, together.
        """
        by_batch: defaultdict[UUID, list[Claimed]] = defaultdict(list)
        for each in claimed:
            by_batch[each.batch_id or each.unit].append(each)
        paces = {batch_id: self._pace(members, outcomes) for batch_id, members in by_batch.items()}
        halves = {id_: half for members in by_batch.values() for id_, half in self._halves(members, outcomes).items()}
        return [
            self._settle(
                each,
                outcomes[each.delivery.id],
                paces[each.batch_id or each.unit],
                halves.get(each.delivery.id),
            )
            for each in claimed
        ]

    def _halves(self, members: Sequence[Claimed], outcomes: Mapping[UUID, Outcome]) -> dict[UUID, Half]:
        """Return the half of each refused delivery, by its id. After some halvings, the bad one is alone."""
        refused = [each for each in members if self._to_halve(each, outcomes[each.delivery.id])]
        units = list(dict.fromkeys(each.unit for each in refused))
        middle = len(units) // 2
        first = set(units[:middle])
        parts = _parted(refused, lambda each: each.unit in first) if middle else ()
        return {each.delivery.id: half for part in parts for half in [Half(uuid4(), len(part))] for each in part}

    def _to_halve(self, claimed: Claimed, outcome: Outcome) -> bool:
        refused = isinstance(outcome, Retry) and outcome.fault.by_halves
        return refused and claimed.batch_id is not None and not self._perhaps_accepted(claimed)

    def _perhaps_accepted(self, claimed: Claimed) -> bool:
        return claimed.batch_id is not None and claimed.batched_at != self.claimed_at

    def _pace(self, members: Sequence[Claimed], outcomes: Mapping[UUID, Outcome]) -> Pace:
        return Pace(
            staying=sum(isinstance(outcomes[each.delivery.id], Retry) for each in members),
            attempts=min(each.attempts for each in members),
            age_seconds=min(self._age(each) for each in members),
            held_seconds=max(each.held_seconds for each in members),
            share=self.jitter(1.0),
        )

    def _settle(self, claimed: Claimed, outcome: Outcome, pace: Pace, half: Half | None) -> Settlement:
        match outcome:
            case Sent():
                return self._ended(claimed, outcome, "sent", None)
            case Skipped(reason=reason):
                return self._ended(claimed, outcome, "skipped", reason)
            case Failed(reason=reason) if outcome.given_up or reason == Reason.OUTCOME_UNKNOWN:
                fate = GiveUpMessage(f"window_closed: {reason}", claimed.delivery.correlation_id)
                return self._ended(claimed, outcome, "failed", reason, fate=fate)
            case Failed(reason=reason):
                return self._ended(claimed, outcome, "failed", reason)
            case Retry(fault=fault):
                return self._again_or_never(claimed, outcome, fault, pace, half)

    def _again_or_never(
        self, claimed: Claimed, outcome: Retry, fault: TransientFault, pace: Pace, half: Half | None
    ) -> Settlement:
        free = half is not None or self._was_refused(fault)
        decision = decide(
            fault,
            attempts=0 if free else pace.attempts,
            age_seconds=pace.age_seconds,
            held_seconds=pace.held_seconds,
            bounds=self.bounds,
            jitter=lambda ceiling: ceiling * pace.share,
        )
        if isinstance(decision, TryAgain) and self._was_refused(fault):
            decision = TryAgain(PROBE_SECONDS)
        unknown = fault.ambiguous or self._perhaps_accepted(claimed)
        if isinstance(decision, GiveUp) and outcome.reached:
            return self._ended(claimed, outcome, "sent", None)
        counts = fault.counts and not free
        first_call = not self._perhaps_accepted(claimed)
        refused = claimed.batch_id is not None and surely_not_accepted(claimed, fault.reason, first_call=first_call)
        if isinstance(decision, GiveUp):
            in_doubt = outcome.unknown or (unknown and claimed.batch_id and not refused)
            reason = Reason.OUTCOME_UNKNOWN if in_doubt else fault.reason
            fate = GiveUpMessage(f"{decision.reason}: {reason}", claimed.delivery.correlation_id)
            return self._ended(claimed, outcome, "failed", reason, fate=fate)
        log = with_entry(claimed, outcome, "pending", fault.reason, now=self.now)
        return Settlement(
            claimed=claimed,
            row=SettledRow(
                id=claimed.delivery.id,
                status="pending",
                error=fault.reason,
                attempt_metadata=with_mark(log, claimed, fault.reason, refused=refused, counts=counts),
                next_attempt_in=decision.delay_seconds,
                counts=counts,
                keeps_batch=unknown,
                batch_id=half.batch_id if half else None,
                batch_size=_size_of_next_batch(claimed, half, pace, keeps=unknown),
            ),
            fate=Postpone(decision.delay_seconds),
            seconds_to_deliver=self._age(claimed),
            dead_devices=outcome.dead_devices,
            destinations=outcome.destinations,
            after_server_error=fault.server_error,
        )

    def _was_refused(self, fault: TransientFault) -> bool:
        """Whether the delivery only waits. An adapter's error that counts is the delivery's own fault."""
        own_fault = fault.reason == Reason.ADAPTER_ERROR and fault.counts
        return fault.reason == Reason.PROVIDER_PAUSED or (fault.reason in self.refusals and not own_fault)

    def _age(self, claimed: Claimed) -> float:
        return (self.now - claimed.created_at).total_seconds()

    def _ended(
        self, claimed: Claimed, outcome: Outcome, status: str, reason: str | None, *, fate: MessageFate | None = None
    ) -> Settlement:
        return Settlement(
            claimed=claimed,
            row=SettledRow(
                id=claimed.delivery.id,
                status=status,
                error=reason,
                attempt_metadata=with_entry(claimed, outcome, status, reason, now=self.now),
            ),
            fate=fate or Done(),
            seconds_to_deliver=self._age(claimed),
            dead_devices=outcome.dead_devices,
            destinations=outcome.destinations,
        )


def _parted(members: Sequence[Claimed], belongs: Callable[[Claimed], bool]) -> tuple[list[Claimed], list[Claimed]]:
    """Return the members that belong to the first part, and the others."""
    return [each for each in members if belongs(each)], [each for each in members if not belongs(each)]


def _size_of_next_batch(claimed: Claimed, half: Half | None, pace: Pace, *, keeps: bool) -> int | None:
    """Return the members of the frozen batch that the next attempt needs; None for a delivery that leaves its batch."""
    if half:
        return half.size
    return pace.staying if keeps and claimed.batch_id else None
