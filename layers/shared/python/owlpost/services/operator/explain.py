"""Explain what would happen to a notification for a person now, and what happened to one delivery."""

from dataclasses import dataclass
from typing import Any

from owlpost.db.operator import delivery_log, holds
from owlpost.db.operator.delivery_log import DeliveryStory
from owlpost.db.operator.recipient import Recipient
from owlpost.db.session import Database
from owlpost.domain.clock import Clock
from owlpost.domain.commands import ExplainDelivery
from owlpost.domain.errors import NotFound
from owlpost.domain.person_commands import ExplainPerson
from owlpost.services.operator.forecast import ChannelForecast, Forecast
from owlpost.services.operator.known_names import require_person, require_type
from owlpost.services.operator.narrator import Narrator


@dataclass(frozen=True, slots=True)
class PersonExplained:
    """`user` holds id, name, address and the number of devices by platform."""

    user: dict[str, Any]
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
        """Return what each channel would do now. Raises NotFound for an unknown type or person."""
        kind = require_type(query.type)
        with self.database.transaction() as connection:
            person = require_person(connection, query.user)
            open_holds = holds.listed(connection)
        return PersonExplained(
            _user(person), query.type, self.forecast.of(person, kind, holds=open_holds, at=self.now())
        )

    def delivery(self, query: ExplainDelivery) -> DeliveryExplained:
        """Return what the delivery did and why. Raises NotFound."""
        with self.database.transaction() as connection:
            story = delivery_log.one(connection, query.delivery_id)
        if story is None:
            raise NotFound(f"no delivery has the id {query.delivery_id}")
        return DeliveryExplained(story, Narrator(self.now()).tell(story))


def _user(person: Recipient) -> dict[str, Any]:
    return {"id": person.id, "name": person.name, "email": person.email, "devices": person.devices}
