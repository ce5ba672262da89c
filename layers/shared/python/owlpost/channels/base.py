"""What a channel's adapter has to be. Adapters never query: the service loads all that they need."""

from collections.abc import Mapping
from typing import Protocol
from uuid import UUID

from owlpost.domain.messages import DeliveryBatch
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
