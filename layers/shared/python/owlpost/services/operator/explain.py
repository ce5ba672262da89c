"""Why did this person get no mail? What would happen now, and what did happen to one delivery."""

from dataclasses import dataclass
from typing import Any

from owlpost.db.operator import delivery_log, recipient
from owlpost.db.operator.delivery_log import DeliveryStory
from owlpost.db.operator.recipient import Person
from owlpost.db.session import Database
from owlpost.domain.clock import Clock
from owlpost.domain.commands import ExplainDelivery, ExplainPerson
from owlpost.domain.errors import NotFound
from owlpost.services.operator.forecast import ChannelForecast, Forecast
from owlpost.services.operator.narrator import Narrator


@dataclass(frozen=True, slots=True)
class PersonExplained:
    """`user` holds id, name, address and devices by platform; None where nobody was found."""

    user: dict[str, Any] | None
    type: str
    channels: list[ChannelForecast]


@dataclass(frozen=True, slots=True)
class DeliveryExplained:
    delivery: DeliveryStory
    sentences: list[str]


@dataclass(frozen=True, slots=True)
class Explain:
    database: Database
    forecast: Forecast
    now: Clock

    def person(self, query: ExplainPerson) -> PersonExplained:
        """What each channel would do with a notification of this type for this person, by the rules as they are now."""
        with self.database.transaction() as connection:
            person = recipient.find(connection, query.user)
        forecasts = self.forecast.of(person, query.type)
        return PersonExplained(_shown(person) if person else None, query.type, forecasts)

    def delivery(self, query: ExplainDelivery) -> DeliveryExplained:
        """What the delivery did and why. Raises NotFound."""
        with self.database.transaction() as connection:
            story = delivery_log.one(connection, query.delivery_id)
        if story is None:
            raise NotFound(f"no delivery has the id {query.delivery_id}")
        return DeliveryExplained(story, Narrator(self.now()).tell(story))


def _shown(person: Person) -> dict[str, Any]:
    return {"id": person.id, "name": person.name, "email": person.email, "devices": person.devices}
