"""What is told to a person at once: one delivery, or all that waited for the end of their quiet hours as one."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from owlpost.channels.adapter import BatchReport
from owlpost.db.delivery.claim import Claimed
from owlpost.domain.gathered import as_one
from owlpost.domain.value import dataclass


@dataclass(frozen=True, slots=True)
class Unit:
    """Deliveries that the adapter gets as one: that of the leader, which tells of all."""

    leader: Claimed
    members: Sequence[Claimed]

    @property
    def ids(self) -> list[UUID]:
        return [each.delivery.id for each in self.members]


def units(claimed: Sequence[Claimed]) -> list[Unit]:
    """Return the units in the order of their first members: a frozen batch has the same ones in each call."""
    by_unit: defaultdict[UUID, list[Claimed]] = defaultdict(list)
    for each in claimed:
        by_unit[each.unit].append(each)
    return [Unit(_leader(members), members) for members in by_unit.values()]


def for_members(report: BatchReport, units: Sequence[Unit]) -> BatchReport:
    """Return the report with the outcome of each leader for all whom it told of; a device or destination is reported once."""
    outcomes = dict(report.outcomes)
    for unit in units:
        outcome = report.outcomes[unit.leader.delivery.id]
        outcomes |= dict.fromkeys(unit.ids, replace(outcome, dead_devices=(), destinations=()))
        outcomes[unit.leader.delivery.id] = outcome
    return replace(report, outcomes=outcomes)


def _leader(members: Sequence[Claimed]) -> Claimed:
    first = members[0]
    if first.gathered_in is None:
        return first
    notifications = [each.delivery.notification for each in members]
    return replace(first, delivery=as_one(first.delivery, first.gathered_in, notifications))
