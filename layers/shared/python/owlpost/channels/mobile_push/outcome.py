"""Merges the verdicts on the devices of a delivery, those of earlier attempts included, into its outcome."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TypeAlias

from owlpost.channels.mobile_push.verdict import DeviceOutcome, Push, PushVerdict
from owlpost.domain.errors import TransientFault
from owlpost.domain.messages import Delivery, Device
from owlpost.domain.outcomes import DeadDevice, Failed, Outcome, Retry, Sent, Skipped
from owlpost.domain.reasons import Reason

Records: TypeAlias = Mapping[str, Mapping[str, object]]


def due_devices(delivery: Delivery) -> list[Device]:
    """Return the devices that no earlier attempt has settled."""
    records = earlier_records(delivery)
    return [device for device in delivery.devices if not _is_final(records.get(str(device.id)))]


def earlier_records(delivery: Delivery) -> Records:
    """Return what earlier attempts recorded, by device id."""
    devices = delivery.metadata.get("devices")
    return devices if isinstance(devices, Mapping) else {}


def outcome(delivery: Delivery, pushes: Sequence[Push], *, at: datetime) -> Outcome:
    """Merge the verdicts on the delivery's devices; with any device still open it is a Retry, else one delivery is enough."""
    verdicts = [(push.device, push.verdict) for push in pushes if push.verdict]
    records = {
        **earlier_records(delivery),
        **{str(device.id): _record(device, verdict, at) for device, verdict in verdicts},
    }
    metadata = {"devices": records}
    dead = tuple(DeadDevice(device.id, verdict.dead_since) for device, verdict in verdicts if verdict.dead_since)
    faults = [verdict.fault for _, verdict in verdicts if verdict.fault]
    if faults:
        reached = any(record.get("outcome") == DeviceOutcome.DELIVERED for record in records.values())
        return Retry(_merged(faults), metadata, dead, reached)
    return _settled([record for record in records.values() if _is_final(record)], metadata, dead)


def _settled(
    records: Sequence[Mapping[str, object]], metadata: Mapping[str, object], dead: tuple[DeadDevice, ...]
) -> Outcome:
    reasons: dict[object, str] = {}
    for record in records:
        reasons.setdefault(record["outcome"], str(record.get("reason") or ""))
    if DeviceOutcome.DELIVERED in reasons:
        return Sent(metadata, dead)
    if DeviceOutcome.REFUSED in reasons:
        return Failed(reasons[DeviceOutcome.REFUSED], metadata, dead)
    if DeviceOutcome.SKIPPED in reasons:
        return Skipped(reasons[DeviceOutcome.SKIPPED], metadata, dead)
    return Skipped(Reason.NO_LIVE_DEVICE if records else Reason.NO_DEVICE, metadata if records else {}, dead)


def _merged(faults: Sequence[TransientFault]) -> TransientFault:
    """One fault for all: the longest wait, ambiguous if any is, free of charge only if all are."""
    longest = max(faults, key=lambda fault: fault.retry_after or 0.0)
    return TransientFault(
        longest.reason,
        str(longest),
        retry_after=longest.retry_after,
        ambiguous=any(fault.ambiguous for fault in faults),
        counts=any(fault.counts for fault in faults),
    )


def _record(device: Device, verdict: PushVerdict, at: datetime) -> Mapping[str, object]:
    return {
        "outcome": str(verdict.outcome),
        "platform": device.platform,
        "status": verdict.status,
        "reason": verdict.reason,
        "id": verdict.provider_id,
        "at": at.isoformat(),
    }


def _is_final(record: Mapping[str, object] | None) -> bool:
    return record is not None and record.get("outcome") != DeviceOutcome.TRANSIENT
