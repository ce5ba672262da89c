"""Merges the verdicts on the devices of a delivery, those of earlier attempts included, into its outcome."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from owlpost.channels.mobile_push.verdict import Push, PushVerdict
from owlpost.channels.per_destination import DEVICES, Attempt, is_final, merged
from owlpost.domain.messages import Delivery, Device
from owlpost.domain.outcomes import DeadDevice, Outcome


def due_devices(delivery: Delivery) -> list[Device]:
    """Return the devices that no earlier attempt has settled."""
    records = DEVICES.records(delivery)
    return [device for device in delivery.devices if not is_final(records.get(str(device.id)))]


def outcome(delivery: Delivery, pushes: Sequence[Push], *, at: datetime) -> Outcome:
    """Merge the verdicts on the delivery's devices: see `channels.per_destination`."""
    verdicts = [(push.device, push.verdict) for push in pushes if push.verdict]
    attempt = Attempt(
        records={str(device.id): _record(device, verdict, at) for device, verdict in verdicts},
        faults=[verdict.fault for _, verdict in verdicts if verdict.fault],
        dead_devices=tuple(
            DeadDevice(device.id, verdict.dead_since) for device, verdict in verdicts if verdict.dead_since
        ),
    )
    return merged(delivery, attempt, DEVICES)


def _record(device: Device, verdict: PushVerdict, at: datetime) -> Mapping[str, object]:
    return {
        "outcome": str(verdict.outcome),
        "platform": device.platform,
        "status": verdict.status,
        "reason": verdict.reason,
        "id": verdict.provider_id,
        "at": at.isoformat(),
    }
