"""A notification on its way to a person, with all that a channel's adapter needs to send it."""

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from uuid import UUID

from owlpost.domain.destinations import Destination
from owlpost.domain.mass_death import Tally
from owlpost.domain.value import dataclass


@dataclass(frozen=True, slots=True)
class Device:
    """A push token as it is registered now; `platform` is ios or android, `environment` production or sandbox."""

    id: UUID
    platform: str
    token: str
    environment: str
    registered_at: datetime
    #: When the guard against mass death first doubted that it is dead. See `domain.mass_death`.
    doubted_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Notification:
    """What happened, in the words of the producer."""

    id: UUID
    type: str
    title: str
    body: str | None
    link: str | None
    data: Mapping[str, object]
    team_id: UUID | None
    request_id: UUID
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Delivery:
    """One notification on its way over one channel, to one person, or without one to a team's room.

    `address` is the person's, frozen with the batch. `metadata` is the record of earlier attempts: an adapter leaves out
    devices and destinations that already have it. `gathered` are the notifications that it stands for, newest first, if it
    goes out as one of several: `notification` then says in short what they are. `unread` is the badge: the person's unread
    count, up to 1,000.
    `correlation_id` is for the log alone: a frozen batch's payload must not depend on it, as its receipt may be deleted.
    """

    id: UUID
    user_id: UUID | None
    notification: Notification
    address: str | None = None
    devices: tuple[Device, ...] = ()
    destinations: tuple[Destination, ...] = ()
    gathered: tuple[Notification, ...] = ()
    unread: int = 0
    #: Of the person, frozen with the batch as the address is; None where they have said none.
    locale: str | None = None
    metadata: Mapping[str, object] = field(default_factory=dict)
    correlation_id: str | None = None


@dataclass(frozen=True, slots=True)
class DeliveryBatch:
    """Deliveries that go to the provider together.

    If the channel freezes batches, `id` names the same members in the same order on each attempt, and is the provider's
    idempotency key. `deadline` is the moment by which the adapter must have answered. `paused` names the providers that must
    not be called now, because they refuse our account until an operator acts: see `Reason.PROVIDER_PAUSED`. `tallies` are those
    of all workers for the last minutes, by platform: see `domain.mass_death`. `at` is the database's time; None outside of a
    delivery worker.
    """

    id: UUID
    deliveries: tuple[Delivery, ...]
    deadline: datetime
    paused: frozenset[str] = frozenset()
    tallies: Mapping[str, Tally] = field(default_factory=dict)
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Badge:
    """A person's unread count on its way to the icons of their apps. Nothing shows on the screen."""

    id: UUID
    unread: int
    devices: tuple[Device, ...]
