"""The outcome of one attempt on a delivery: an adapter returns it, and the service records it."""

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

from owlpost.domain.destinations import DestinationReport
from owlpost.domain.errors import TransientFault
from owlpost.domain.value import dataclass

#: What the attempt log keeps beside the status: the provider's id, per-device outcomes, reason codes.
Metadata: TypeAlias = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class DeadDevice:
    """A push token that its provider has given up; removed unless it was registered again after `since`."""

    device_id: UUID
    since: datetime


@dataclass(frozen=True, slots=True)
class Sent:
    """The provider accepted it."""

    metadata: Metadata = field(default_factory=dict)
    dead_devices: tuple[DeadDevice, ...] = ()
    destinations: tuple[DestinationReport, ...] = ()


@dataclass(frozen=True, slots=True)
class Skipped:
    """Not sent, and rightly so; `reason` says why (`no_device`, `suppressed`, `read`, …)."""

    reason: str
    metadata: Metadata = field(default_factory=dict)
    dead_devices: tuple[DeadDevice, ...] = ()
    destinations: tuple[DestinationReport, ...] = ()


@dataclass(frozen=True, slots=True)
class Failed:
    """Refused for good; trying again would meet the same answer. `given_up` if it was tried to the end of its time instead.

    `bounced` is what the server said of a mailbox that does not exist: the address gets no more mail.
    """

    reason: str
    metadata: Metadata = field(default_factory=dict)
    dead_devices: tuple[DeadDevice, ...] = ()
    given_up: bool = False
    bounced: str | None = None
    destinations: tuple[DestinationReport, ...] = ()


@dataclass(frozen=True, slots=True)
class Retry:
    """Not accepted yet, or not known to be. The retry policy decides whether and when to try again.

    `reached` is true if one of the person's devices or destinations already has it: if the delivery is given up, it ends
    `sent`. `unknown`: one of them may have it, and is not tried again: the delivery then ends as `outcome_unknown`.
    """

    fault: TransientFault
    metadata: Metadata = field(default_factory=dict)
    dead_devices: tuple[DeadDevice, ...] = ()
    reached: bool = False
    unknown: bool = False
    destinations: tuple[DestinationReport, ...] = ()


Outcome: TypeAlias = Sent | Skipped | Failed | Retry
