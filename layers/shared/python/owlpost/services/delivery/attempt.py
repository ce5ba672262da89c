"""The second half of the story of one notification: a worker claims deliveries, calls the provider, and records the outcomes.

Claim and load the whole batch in one statement, run the adapter with no transaction open, settle in one statement. The fate
of a message (done, postponed, dead letter) follows from what was recorded, never the other way round.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any
from uuid import UUID, uuid4

from owlpost.channels.adapter import BatchReport, ChannelAdapter
from owlpost.db.clock import report_skew
from owlpost.db.delivery import deliveries
from owlpost.db.delivery.claim import Claim, Claimed, Unclaimed
from owlpost.db.delivery.deliveries import Lease, leave_batch
from owlpost.db.delivery.settle import BatchResult, Bounced, Settled
from owlpost.db.session import Database
from owlpost.domain.channel import Channel
from owlpost.domain.clock import Clock
from owlpost.domain.errors import TransientFault
from owlpost.domain.guest_list import GuestList
from owlpost.domain.messages import DeliveryBatch
from owlpost.domain.outcomes import Failed, Outcome, Retry, Skipped
from owlpost.domain.reasons import Reason
from owlpost.domain.retry import RetryBounds
from owlpost.domain.value import dataclass
from owlpost.observability import BY_CHANNEL, Meter, count, logger
from owlpost.queue_messages import MAX_DELAY_SECONDS
from owlpost.services.delivery import gathering, telemetry
from owlpost.services.delivery.attempt_log import reason_so_far
from owlpost.services.delivery.database_time import DatabaseTime
from owlpost.services.delivery.marking import marked
from owlpost.services.delivery.provider_call import UNKNOWN, call_provider, merged, without_repeats
from owlpost.services.delivery.recording import record_result
from owlpost.services.delivery.release import Release
from owlpost.services.delivery.rendering import Rendered, render_each
from owlpost.services.delivery.settlement import Done, MessageFate, Postpone, Settlement, Settling
from owlpost.services.suppressed import record_suppressed

#: Providers remember an idempotency key for 24 hours; we stop trusting that an hour earlier.
IDEMPOTENCY_WINDOW = timedelta(hours=23)
NOTHING_SETTLED = Settled(frozenset(), removed_devices=0)
#: Seconds until a delivery that another worker held is looked at again.
SHORTLY = 2.0


@dataclass(frozen=True, slots=True)
class DeliveryWorker:
    """Deliver over one channel. `lease_seconds` outlasts the function's timeout: a lease that ended has no living holder.

    `settle_seconds` of the function's time are kept for settling, once the adapter has answered. `now` is the worker's clock:
    it measures the worker's own deadline only, and the database's clock judges everything else.
    """

    database: Database
    adapter: ChannelAdapter[Any]
    channel: Channel
    bounds: RetryBounds
    lease_seconds: float
    release: Release
    now: Clock
    settle_seconds: float = 5.0
    meter: Meter = BY_CHANNEL
    #: The only ones that a staging installation reaches.
    guests: GuestList | None = None

    def deliver(self, delivery_ids: Sequence[UUID], *, deadline: datetime) -> dict[UUID, MessageFate]:
        """Attempt each of these deliveries once, if it is due and free. Return the fate of its message, by delivery id."""
        wanted = sorted(set(delivery_ids))
        fates: dict[UUID, MessageFate] = {}
        for start in range(0, len(wanted), self.channel.most):
            fates |= self._deliver_claim(wanted[start : start + self.channel.most], deadline)
        return fates

    def _deliver_claim(self, delivery_ids: Sequence[UUID], deadline: datetime) -> dict[UUID, MessageFate]:
        lease = Lease(id=uuid4(), batch_id=uuid4(), seconds=self.lease_seconds)
        read_at = self.now()
        with self.database.transaction() as connection:
            claim = deliveries.claim(
                connection,
                delivery_ids,
                channel=self.channel,
                lease=lease,
                guests=self.guests,
            )
        time = DatabaseTime(claim.claimed_at, read_at, self.now)
        report_skew(asked_at=read_at, said=claim.claimed_at, answered_at=self.now(), channel=self.channel.key)
        telemetry.record_oldest_due(self.channel.key, claim.claimed, claim.claimed_at)
        answered_by = deadline - timedelta(seconds=self.settle_seconds)
        report = self._attempt(claim, lease, time, answered_by)
        refusals = frozenset(reason for reason in report.providers.values() if reason)
        settling = Settling(self.bounds, time(), claim.claimed_at, refusals)
        settlements = settling.settle_all(claim.claimed, report.outcomes)
        settled = self._record(lease, settlements, report) if settlements else NOTHING_SETTLED
        if claim.releasing or settled.resumed:
            self.release.go_on(until=answered_by)
        held = settled.delivery_ids
        fates = {each.delivery_id: each.fate if each.delivery_id in held else Postpone(SHORTLY) for each in settlements}
        return fates | {unclaimed.id: _fate_of_unclaimed(unclaimed) for unclaimed in claim.unclaimed}

    def _attempt(self, claim: Claim, lease: Lease, time: DatabaseTime, deadline: datetime) -> BatchReport:
        skipped = {each.delivery.id: Skipped(each.skip) for each in claim.claimed if each.skip is not None}
        doubtful = {each.delivery.id: UNKNOWN for each in claim.claimed if each.skip is None and each.in_doubt}
        to_send = [each for each in claim.claimed if each.skip is None and not each.in_doubt]
        called = [
            self._attempt_batch(
                DeliveryBatch(batch_id, (), deadline, claim.paused, claim.tallies), members, claim, lease, time()
            )
            for batch_id, members in _batches(to_send)
        ]
        report = merged([BatchReport(skipped), BatchReport(doubtful), *called])
        return without_repeats(report) if self.channel.twice else report

    def _attempt_batch(
        self, empty: DeliveryBatch, members: Sequence[Claimed], claim: Claim, lease: Lease, now: datetime
    ) -> BatchReport:
        """Fill the batch with the members that can be rendered, and call the provider. `now` is the database's time."""
        if unsendable := self._unsendable(members, now):
            return _for_all(members, unsendable)
        units = gathering.units(members)
        rendered = render_each(self.adapter, self.channel.key, [unit.leader for unit in units])
        if rendered.failed and members[0].batched_at is not None:
            if members[0].batched_at != claim.claimed_at:
                return _for_all(members, _CANNOT_REPEAT)
            if rendered.contents and not self._leave_batch(lease, units, rendered):
                return _for_all(members, _NOT_OURS)
        sendable = tuple(unit.leader.delivery for unit in units if unit.leader.delivery.id in rendered.contents)
        batch = replace(empty, deliveries=sendable, at=now)
        report = call_provider(
            self.adapter,
            self.channel.key,
            batch,
            rendered.contents,
            members,
            works_since=claim.adapter_works_since,
            alone=claim.alone,
        )
        report = marked(self.adapter, sendable, rendered.contents, report)
        return gathering.for_members(merged([report, BatchReport(rendered.failed)]), units)

    def _leave_batch(self, lease: Lease, units: Sequence[gathering.Unit], rendered: Rendered) -> bool:
        """Take those that cannot be rendered out of the frozen batch before its first call, so that a repeat equals it."""
        leaving = [each for unit in units for each in unit.ids if unit.leader.delivery.id in rendered.failed]
        staying = [each for unit in units for each in unit.ids if unit.leader.delivery.id in rendered.contents]
        return self.database.persist(lambda connection: leave_batch(connection, lease.id, leaving, staying))

    def _unsendable(self, members: Sequence[Claimed], now: datetime) -> Outcome | None:
        """Return why a frozen batch must not go to the provider now; None if it may. `now` is the database's time."""
        first = members[0]
        if first.batched_at is None:
            return None
        if now - first.batched_at > IDEMPOTENCY_WINDOW:
            return Failed(reason_so_far(first) or Reason.OUTCOME_UNKNOWN, given_up=True)
        if len(members) != first.batch_size:
            return Retry(
                TransientFault(Reason.BATCH_INCOMPLETE, ambiguous=True, counts=False, retry_after=self.lease_seconds)
            )
        return None

    def _record(self, lease: Lease, settlements: Sequence[Settlement], report: BatchReport) -> Settled:
        result = BatchResult(
            channel=self.channel.key,
            lease_id=lease.id,
            rows=[each.row for each in settlements],
            dead_devices=[device for each in settlements for device in each.dead_devices],
            providers=report.providers,
            deaths=report.deaths,
            bounced=list(_bounced(settlements, report)),
            destinations=[heard for each in settlements for heard in each.destinations],
        )
        settled = record_result(self.database, result)
        telemetry.record_pauses(self.channel.key, settled, report.providers)
        held = [each for each in settlements if each.delivery_id in settled.delivery_ids]
        telemetry.record(self.channel.key, held, self.meter)
        telemetry.record_doubts(self.channel.key, held, twice=self.channel.twice)
        if settled.removed_devices:
            count("DevicesRemoved", settled.removed_devices, channel=self.channel.key)
        if settled.returned_devices:
            count("DevicesReturned", settled.returned_devices, channel=self.channel.key)
        if settled.returned_deliveries:
            count("DeliveriesReturned", settled.returned_deliveries, channel=self.channel.key)
        record_suppressed(self.channel.key, settled.suppressed)
        if late := [each.claimed for each in settlements if each.delivery_id not in settled.delivery_ids]:
            extra = {"channel": self.channel.key, "deliveries": len(late), **telemetry.correlation_ids(late)}
            logger().warning("lease was lost before settling", extra=extra)
        return settled


def _batches(claimed: Sequence[Claimed]) -> Iterator[tuple[UUID, list[Claimed]]]:
    """Yield each frozen batch with its members in the order of their ids; all in one if the channel freezes none.

    A delivery of no frozen batch for which the adapter raised is by itself: it may be the one at fault.
    """
    together = uuid4()

    def batch(each: Claimed) -> UUID:
        return each.batch_id or (each.unit if each.first_adapter_error else together)

    by_batch = sorted(claimed, key=lambda each: (batch(each), each.delivery.id))
    for batch_id, members in groupby(by_batch, key=batch):
        yield batch_id, list(members)


def _bounced(settlements: Sequence[Settlement], report: BatchReport) -> Iterator[Bounced]:
    for each in settlements:
        outcome, address = report.outcomes[each.delivery_id], each.claimed.delivery.address
        if isinstance(outcome, Failed) and outcome.bounced and address:
            yield Bounced(each.delivery_id, address, outcome.bounced)


def _for_all(members: Sequence[Claimed], outcome: Outcome) -> BatchReport:
    return BatchReport(dict.fromkeys((each.delivery.id for each in members), outcome))


def _fate_of_unclaimed(unclaimed: Unclaimed) -> MessageFate:
    """Return the fate of the message of a delivery that was not claimed: done if it has ended or is gone, else postponed.

    What is held, or waits by a rule for longer than a message can, needs none: it gets a new one when its time comes.
    """
    if unclaimed.status != "pending" or unclaimed.waits_for == Reason.HELD:
        return Done()
    if unclaimed.waits_for is not None and (unclaimed.wait or 0.0) > MAX_DELAY_SECONDS:
        return Done()
    return Postpone(max(unclaimed.wait or 0.0, SHORTLY))


#: The lease ended before the call: another worker has these deliveries, and nothing was sent.
_NOT_OURS = Retry(TransientFault(Reason.BATCH_INCOMPLETE, counts=False))
#: A frozen batch is sent again unchanged or not at all: the provider compares it with its first call.
_CANNOT_REPEAT = Retry(TransientFault(Reason.RENDER_ERROR, ambiguous=True, counts=False, retry_after=60.0))
