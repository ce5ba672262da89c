"""Channel adapters that do as they are told: the real interface, no provider."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from owlpost.domain.messages import Delivery, DeliveryBatch
from owlpost.domain.outcomes import Outcome, Sent


@dataclass
class ScriptedAdapter:
    """Answers each delivery by `script` and remembers the batches it was given."""

    script: Callable[[Delivery], Outcome] = lambda _delivery: Sent({"provider_id": "1"})
    batches: list[DeliveryBatch] = field(default_factory=list)

    def deliver(self, batch: DeliveryBatch) -> Mapping[UUID, Outcome]:
        self.batches.append(batch)
        return {delivery.id: self.script(delivery) for delivery in batch.deliveries}

    @property
    def told(self) -> list[UUID]:
        return [delivery.id for batch in self.batches for delivery in batch.deliveries]
