"""Merges what became of a delivery at each of its targets, earlier attempts included, into the one outcome of the delivery.

A target is a device or a destination. What is final at one is never tried there again, whatever becomes of the others.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum, auto
from typing import TypeAlias

from owlpost.domain.destinations import Destination, DestinationReport
from owlpost.domain.errors import TransientFault
from owlpost.domain.messages import Delivery
from owlpost.domain.outcomes import DeadDevice, Failed, Outcome, Retry, Sent, Skipped
from owlpost.domain.reasons import Reason
from owlpost.domain.value import dataclass

#: By the id of the target, in the attempt log.
Records: TypeAlias = Mapping[str, Mapping[str, object]]


class TargetOutcome(StrEnum):
    """The outcome of a target in the attempt log. All but `transient` are final."""

    DELIVERED = auto()
    DEAD = auto()
    SKIPPED = auto()
    REFUSED = auto()
    #: The answer was lost, and a repeat would tell the person twice.
    UNKNOWN = auto()
    TRANSIENT = auto()


@dataclass(frozen=True, slots=True)
class Kind:
    """What the targets of a channel are called: `key` in the metadata; the codes for no target, and for none that lives."""

    key: str
    none: str
    none_live: str

    def records(self, delivery: Delivery) -> Records:
        """Return what earlier attempts recorded."""
        found = delivery.metadata.get(self.key)
        return found if isinstance(found, Mapping) else {}


DEVICES = Kind("devices", Reason.NO_DEVICE, Reason.NO_LIVE_DEVICE)
DESTINATIONS = Kind("destinations", Reason.NO_DESTINATION, Reason.DESTINATION_DEAD)


@dataclass(frozen=True, slots=True)
class Attempt:
    """What one attempt learnt: a record for each target it tried, and the faults of those that stay open."""

    records: Records
    faults: Sequence[TransientFault] = ()
    dead_devices: tuple[DeadDevice, ...] = ()
    destinations: tuple[DestinationReport, ...] = ()


def is_final(record: Mapping[str, object] | None) -> bool:
    """Return whether no further attempt goes to the target of this record."""
    return record is not None and record.get("outcome") != TargetOutcome.TRANSIENT


def due_destinations(delivery: Delivery) -> list[Destination]:
    """Return the destinations that no earlier attempt has settled."""
    records = DESTINATIONS.records(delivery)
    return [each for each in delivery.destinations if not is_final(records.get(str(each.id)))]


def merged(delivery: Delivery, attempt: Attempt, kind: Kind) -> Outcome:
    """Return the outcome of the delivery: with any target still open it is a Retry, else one that has it is enough."""
    records = {**kind.records(delivery), **attempt.records}
    outcomes = {record.get("outcome") for record in records.values()}
    if attempt.faults:
        return Retry(
            one_for_all(attempt.faults),
            {kind.key: records},
            attempt.dead_devices,
            reached=TargetOutcome.DELIVERED in outcomes,
            unknown=TargetOutcome.UNKNOWN in outcomes,
            destinations=attempt.destinations,
        )
    return _settled([record for record in records.values() if is_final(record)], records, attempt, kind)


def one_for_all(faults: Sequence[TransientFault]) -> TransientFault:
    """Return one fault for all: the longest wait, ambiguous if any is, free of charge only if all are."""
    longest = max(faults, key=lambda fault: fault.retry_after or 0.0)
    return TransientFault(
        longest.reason,
        str(longest),
        retry_after=longest.retry_after,
        ambiguous=any(fault.ambiguous for fault in faults),
        counts=any(fault.counts for fault in faults),
        misconfigured=all(fault.misconfigured for fault in faults),
        server_error=any(fault.server_error for fault in faults),
    )


def _settled(final: Sequence[Mapping[str, object]], records: Records, attempt: Attempt, kind: Kind) -> Outcome:
    metadata: Mapping[str, object] = {kind.key: records} if final else {}
    dead, heard = attempt.dead_devices, attempt.destinations
    reasons: dict[object, str] = {}
    for record in final:
        reasons.setdefault(record["outcome"], str(record.get("reason") or ""))
    if TargetOutcome.DELIVERED in reasons:
        return Sent(metadata, dead, heard)
    if TargetOutcome.UNKNOWN in reasons:
        return Failed(Reason.OUTCOME_UNKNOWN, metadata, dead, destinations=heard)
    if TargetOutcome.REFUSED in reasons:
        return Failed(reasons[TargetOutcome.REFUSED], metadata, dead, destinations=heard)
    if TargetOutcome.SKIPPED in reasons:
        return Skipped(reasons[TargetOutcome.SKIPPED], metadata, dead, heard)
    return Skipped(kind.none_live if final else kind.none, metadata, dead, heard)
