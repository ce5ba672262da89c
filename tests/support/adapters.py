"""Channel adapters that follow a script: the real interface without a provider."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from owlpost.channels.adapter import BatchReport
from owlpost.domain.messages import Delivery, DeliveryBatch
from owlpost.domain.outcomes import Outcome, Sent


@dataclass
class ScriptedAdapter:
    """Returns the outcome of each delivery by `script`, and keeps the batches."""

    script: Callable[[Delivery], Outcome] = lambda _delivery: Sent({"provider_id": "1"})
    batches: list[DeliveryBatch] = field(default_factory=list)
    unrenderable: set[UUID] = field(default_factory=set)
    #: What each provider answers: None if it takes our calls, else the reason for which it refuses them.
    providers: dict[str, str | None] = field(default_factory=dict)

    def render(self, delivery: Delivery) -> str:
        """Raises where the test makes it: see `unrenderable`."""
        if delivery.id in self.unrenderable:
            raise ZeroDivisionError("the template divides by the number of stars")
        return delivery.notification.title

    def deliver(self, batch: DeliveryBatch, contents: Mapping[UUID, str]) -> BatchReport:
        assert contents.keys() == {delivery.id for delivery in batch.deliveries}
        self.batches.append(batch)
        return BatchReport({delivery.id: self.script(delivery) for delivery in batch.deliveries}, dict(self.providers))

    @property
    def told(self) -> list[UUID]:
        return [delivery.id for batch in self.batches for delivery in batch.deliveries]
