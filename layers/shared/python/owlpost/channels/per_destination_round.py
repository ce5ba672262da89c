"""One attempt at all destinations of a batch, for every channel that goes to them.

An adapter says by `Answer` what came of one delivery at one destination, and the round makes of it what the delivery's record,
the destination and the provider's state need. Several destinations are called at once, and each of them one call after the
other: after a failure its other deliveries wait, so that one slow receiver does not starve the others.
"""

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import field
from datetime import datetime
from typing import Generic, Literal, TypeVar
from uuid import UUID

from owlpost.channels.adapter import BatchReport
from owlpost.channels.per_destination import DESTINATIONS, Attempt, TargetOutcome, due_destinations, merged
from owlpost.channels.per_destination_verdict import Answer, Verdict, Visit, record, unbelieved, untried, verdict_of
from owlpost.channels.replies import AnswerLostError, NotSentError
from owlpost.domain.clock import utc_now
from owlpost.domain.destinations import Destination
from owlpost.domain.messages import Delivery, DeliveryBatch
from owlpost.domain.outcomes import Outcome
from owlpost.domain.reasons import Reason
from owlpost.domain.value import dataclass
from owlpost.seals import CannotOpen, Seals

Content = TypeVar("Content")
#: A delivery and a destination of it.
Target = tuple[UUID, UUID]
AT_ONCE = 10
#: Reserved before the batch's deadline for merging the answers.
MARGIN_SECONDS = 0.25


@dataclass(frozen=True, slots=True)
class Rounds(Generic[Content]):
    """`call` makes one call and reads its answer. It may raise NotSentError or AnswerLostError.

    `repeat` is what a repeat does, as in `channels.adapter.Promises`. `provider` is the one of the channel's credentials, None
    where each receiver is another. `longest` are the seconds that one call may take. `doubted` names the destinations whose
    death is not believed after all, once all have answered.
    """

    call: Callable[[Visit[Content]], Answer]
    seals: Seals
    repeat: Literal["same", "replaces", "twice"] = "twice"
    provider: str | None = None
    longest: float = 15.0
    at_once: int = AT_ONCE
    doubted: Callable[[datetime], Collection[UUID]] | None = None

    def deliver(self, batch: DeliveryBatch, contents: Mapping[UUID, Content]) -> BatchReport:
        """Try each delivery at the destinations that no earlier attempt has settled: see ChannelAdapter."""
        at = batch.at or utc_now()
        until = time.monotonic() + (batch.deadline - utc_now()).total_seconds() - MARGIN_SECONDS
        due = {delivery.id: due_destinations(delivery) for delivery in batch.deliveries}
        round_ = _Round(self, contents, at, until)
        verdicts = self._believed(round_.attempt([(each, to) for each in batch.deliveries for to in due[each.id]]), at)
        outcomes = {each.id: _outcome(each, due[each.id], verdicts, at) for each in batch.deliveries}
        return BatchReport(outcomes, self._states(list(verdicts.values())))

    def attempt(self, visit: Visit[Content]) -> Verdict:
        """Return what becomes of a delivery at a destination. Whatever a receiver does is a verdict: nothing is raised."""
        try:
            answer = self.call(visit)
        except NotSentError:
            answer = Answer.passes(Reason.UNREACHABLE)
        except AnswerLostError:
            answer = Answer.lost(Reason.NO_ANSWER)
        return verdict_of(answer, visit, self.seals, repeat=self.repeat)

    def _believed(self, verdicts: Mapping[Target, Verdict], at: datetime) -> Mapping[Target, Verdict]:
        if self.doubted is None or not any(each.outcome is TargetOutcome.DEAD for each in verdicts.values()):
            return verdicts
        doubted = self.doubted(at)
        return {
            (id_, to): unbelieved(verdict) if verdict.outcome is TargetOutcome.DEAD and to in doubted else verdict
            for (id_, to), verdict in verdicts.items()
        }

    def _states(self, verdicts: Sequence[Verdict]) -> Mapping[str, str | None]:
        """Return whether the provider takes our calls; nothing where no call told."""
        if self.provider is None:
            return {}
        refused = next((each.fault.reason for each in verdicts if each.fault and each.fault.misconfigured), None)
        if refused or any(each.outcome is TargetOutcome.DELIVERED for each in verdicts):
            return {self.provider: refused}
        return {}


@dataclass
class _Round(Generic[Content]):
    rounds: Rounds[Content]
    contents: Mapping[UUID, Content]
    at: datetime
    until: float
    verdicts: dict[Target, Verdict] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def attempt(self, targets: Sequence[tuple[Delivery, Destination]]) -> Mapping[Target, Verdict]:
        """Return a verdict for each delivery at each of its destinations."""
        by_destination: defaultdict[UUID, list[tuple[Delivery, Destination]]] = defaultdict(list)
        for delivery, destination in targets:
            by_destination[destination.id].append((delivery, destination))
        if by_destination:
            with ThreadPoolExecutor(min(self.rounds.at_once, len(by_destination))) as threads:
                list(threads.map(self._visit, by_destination.values()))
        return self.verdicts

    def _visit(self, visits: Sequence[tuple[Delivery, Destination]]) -> None:
        failed: Verdict | None = None
        for delivery, destination in visits:
            left = self.until - time.monotonic()
            if failed or left <= 0:
                verdict = untried(failed)
            else:
                verdict = self._try(delivery, destination, min(left, self.rounds.longest))
                failed = verdict if verdict.stops_others else None
            with self.lock:
                self.verdicts[delivery.id, destination.id] = verdict

    def _try(self, delivery: Delivery, destination: Destination, seconds: float) -> Verdict:
        try:
            opened = self.rounds.seals.open(destination.id, destination.sealed)
        except CannotOpen:
            return Verdict(TargetOutcome.SKIPPED, Reason.DESTINATION_UNREADABLE)
        visit = Visit(delivery, destination, opened, self.contents[delivery.id], self.at, seconds)
        return self.rounds.attempt(visit)


def _outcome(
    delivery: Delivery, due: Sequence[Destination], verdicts: Mapping[Target, Verdict], at: datetime
) -> Outcome:
    found = [(each, verdicts[delivery.id, each.id]) for each in due]
    attempt = Attempt(
        records={str(each.id): record(each, verdict, at) for each, verdict in found},
        faults=[verdict.fault for _, verdict in found if verdict.fault],
        destinations=tuple(verdict.report for _, verdict in found if verdict.report),
    )
    return merged(delivery, attempt, DESTINATIONS)
