"""What a worker has claimed, as values: the claim statement's JSON in, deliveries with all that an adapter needs out."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from owlpost.db.delivery.destinations import destination
from owlpost.db.delivery.retired_devices import tallies_from_json
from owlpost.domain.mass_death import Tally
from owlpost.domain.messages import Delivery, Device, Notification
from owlpost.domain.reasons import Reason
from owlpost.domain.value import dataclass


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery that this worker now has to attempt, or to skip for the reason in `skip`.

    `attempts` includes the one that begins. The batch is None if the channel freezes none. The age counts from `created_at`:
    for a delivery that was redriven, or that waited by a rule, this is when it was allowed to go.
    """

    delivery: Delivery
    attempts: int
    created_at: datetime
    skip: str | None
    batch_id: UUID | None
    batch_size: int | None
    batched_at: datetime | None
    #: Set if it goes out as one with others that waited for the end of the same quiet hours: the first one's notification.
    gathered_in: UUID | None = None
    #: Seconds since `created_at` in which a provider was paused: they do not count towards the age.
    held_seconds: float = 0.0
    #: An earlier attempt may have told the person, and the provider would not recognise a repeat.
    in_doubt: bool = False

    @property
    def unit(self) -> UUID:
        """What is told to the person at once: deliveries of the same unit have the same outcome."""
        return self.gathered_in or self.delivery.id

    @property
    def first_adapter_error(self) -> datetime | None:
        """When the adapter first raised in an attempt on this delivery; None if its last attempt met something else."""
        history = self.delivery.metadata.get("history")
        entries = [entry for entry in history if isinstance(entry, dict)] if isinstance(history, list) else []
        met = [entry.get("reason") == Reason.ADAPTER_ERROR for entry in entries]
        return datetime.fromisoformat(str(entries[met.index(True)]["at"])) if met and met[-1] else None


@dataclass(frozen=True, slots=True)
class Unclaimed:
    """A delivery that was not claimed: it has ended, its row is gone (status None), or it is due in `wait` seconds.

    `waits_for` is the rule that it waits by; `held` has no `wait`.
    """

    id: UUID
    status: str | None
    wait: float | None
    waits_for: str | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """The deliveries that the worker now holds, and the state of those that it asked for and did not get."""

    #: By the database's clock.
    claimed_at: datetime
    #: Providers that must not be called now.
    paused: frozenset[str]
    #: Whether deliveries that waited for a provider are to be released: see `db.delivery.releases`.
    releasing: bool
    #: When a call showed that the adapter works again after it had raised; None while it is paused, or if it never raised.
    adapter_works_since: datetime | None
    #: Whether the adapter is paused, and one person is the only one left to try it on.
    alone: bool
    tallies: Mapping[str, Tally]
    claimed: tuple[Claimed, ...]
    unclaimed: tuple[Unclaimed, ...]

    @classmethod
    def from_json(cls, answer: Mapping[str, Any]) -> Self:
        """Read the one value that the claim statement returns; times are ISO 8601."""
        return cls(
            claimed_at=datetime.fromisoformat(answer["claimed_at"]),
            paused=frozenset(answer["paused"] or ()),
            releasing=answer["releasing"],
            adapter_works_since=_moment(answer["adapter_works_since"]),
            alone=answer["alone"],
            tallies=tallies_from_json(answer["tallies"]),
            claimed=tuple(map(_claimed, answer["claimed"] or ())),
            unclaimed=tuple(
                Unclaimed(UUID(row["id"]), row["status"], row["wait"], row["waits_for"])
                for row in answer["unclaimed"] or ()
            ),
        )


def _claimed(row: Mapping[str, Any]) -> Claimed:
    notification = notification_of(row["notification"])
    return Claimed(
        delivery=Delivery(
            id=UUID(row["id"]),
            user_id=UUID(user_id) if (user_id := row["notification"]["user_id"]) else None,
            notification=notification,
            address=row["address"],
            devices=tuple(map(device, row["devices"] or ())),
            destinations=tuple(map(destination, row["destinations"] or ())),
            unread=row["unread"],
            locale=row["locale"],
            metadata=row["attempt_metadata"],
            correlation_id=row["correlation_id"],
        ),
        attempts=row["attempts"],
        created_at=datetime.fromisoformat(row["created_at"]),
        skip=row["skip"],
        batch_id=UUID(row["batch_id"]) if row["batch_id"] else None,
        batch_size=row["batch_size"],
        batched_at=_moment(row["batched_at"]),
        gathered_in=UUID(row["gathered_in"]) if row["gathered_in"] else None,
        held_seconds=float(row["held_seconds"]),
        in_doubt=row["in_doubt"],
    )


def notification_of(row: Mapping[str, Any]) -> Notification:
    """A notification in the JSON that statements make of its row."""
    return Notification(
        id=UUID(row["id"]),
        type=row["type"],
        title=row["title"],
        body=row["body"],
        link=row["link"],
        data=row["data"],
        team_id=UUID(row["team_id"]) if row["team_id"] else None,
        request_id=UUID(row["request_id"]),
        created_at=datetime.fromisoformat(row["created_at"]),
    )


def device(row: Mapping[str, Any]) -> Device:
    """A device in the JSON that statements make of its row."""
    return Device(
        id=UUID(row["id"]),
        platform=row["platform"],
        token=row["token"],
        environment=row["environment"],
        registered_at=datetime.fromisoformat(row["registered_at"]),
        doubted_at=_moment(row.get("doubted_at")),
    )


def _moment(value: str | None) -> datetime | None:
    return datetime.fromisoformat(value) if value else None
