"""What a channel's adapter has to be. Adapters never query: the service loads all that they need."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol, runtime_checkable
from uuid import UUID

from owlpost.domain.messages import Badge, DeliveryBatch
from owlpost.domain.outcomes import Outcome


class ChannelAdapter(Protocol):
    """One way to reach people; its module offers `build(section: Mapping[str, str]) -> ChannelAdapter`.

    The section holds the environment variables that the registry lets the channel see. Missing credentials are no error
    at `build` where the design has deliveries `skipped` for them; malformed ones raise Misconfigured.
    """

    def deliver(self, batch: DeliveryBatch) -> Mapping[UUID, Outcome]:
        """Try every delivery once and say what became of each, by delivery id.

        Faults of a single delivery are outcomes; an exception stands for the whole batch: a TransientFault or
        PermanentFault says what it means, anything else counts as an ambiguous transient fault.
        """
        ...


@runtime_checkable
class BadgeAdapter(Protocol):
    """What a channel's adapter is, too, where the unread count stands on an icon."""

    def show_unread(self, badges: Sequence[Badge], *, deadline: datetime) -> int:
        """Set the number on the icons of these devices, silently; answer on how many. What does not succeed is left."""
        ...
