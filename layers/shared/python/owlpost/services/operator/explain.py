"""Explain what would happen to a notification for a person now, and what happened to one delivery."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from owlpost.db.operator import content, delivery_log, destinations, direct_log, holds, recipient
from owlpost.db.operator.delivery_log import DeliveryRecord, DeliveryStory
from owlpost.db.operator.holds import OpenHold
from owlpost.db.operator.recipient import Recipient
from owlpost.db.people.invitations import role_of
from owlpost.db.session import Database
from owlpost.domain.brake import NO_BRAKE, Brake
from owlpost.domain.clock import Clock
from owlpost.domain.commands import ExplainDelivery
from owlpost.domain.destination_commands import ExplainRooms
from owlpost.domain.errors import NotFound
from owlpost.domain.guest_list import GuestList
from owlpost.domain.person_commands import ExplainPerson
from owlpost.domain.types import NotificationType
from owlpost.domain.value import dataclass
from owlpost.services.operator import direct_mail
from owlpost.services.operator.connected import require_team
from owlpost.services.operator.content import Content, LookOf, content_of
from owlpost.services.operator.forecast import ChannelForecast, Forecast
from owlpost.services.operator.known_names import require_person, require_type
from owlpost.services.operator.narrator import Narrator
from owlpost.services.operator.rooms_forecast import RoomsForecast, TeamForecast


@dataclass(frozen=True, slots=True)
class PersonExplained:
    """`user` holds id, name, address and the number of devices by platform."""

    user: dict[str, Any]
    type: str
    channels: list[ChannelForecast]
    #: Of the team that was asked about.
    team: TeamForecast | None = None


@dataclass(frozen=True, slots=True)
class RoomsExplained:
    type: str
    team: TeamForecast


@dataclass(frozen=True, slots=True)
class DeliveryExplained:
    delivery: DeliveryStory | DeliveryRecord
    sentences: list[str]
    #: What it brought; None unless it was asked for.
    content: Content | None = None


@dataclass(frozen=True, slots=True)
class Explain:
    database: Database
    forecast: Forecast
    now: Clock
    brake: Brake = NO_BRAKE
    guests: GuestList | None = None
    look_of: LookOf = lambda _channel: None

    def person(self, query: ExplainPerson) -> PersonExplained:
        """Return what each channel would do now. Raises NotFound for an unknown type or person."""
        kind = require_type(query.type)
        with self.database.transaction() as connection:
            person = require_person(connection, query.user, guests=self.guests)
            open_holds = holds.listed(connection)
            told = recipient.told_this_hour(connection, person.id, kind.key, limit=self.brake.per_person or 0)
            team = self._team(connection, query.team, kind, open_holds, person.id) if query.team is not None else None
        braked = self.brake.stops_person(told, mandatory=kind.mandatory)
        team_id = team.team.id if team else None
        channels = self.forecast.of(person, kind, holds=open_holds, at=self.now(), braked=braked, team_id=team_id)
        return PersonExplained(_user(person), query.type, channels, team)

    def rooms(self, query: ExplainRooms) -> RoomsExplained:
        """Return what each room of the team would be told now. Raises NotFound for an unknown type or team."""
        kind = require_type(query.type)
        with self.database.transaction() as connection:
            return RoomsExplained(query.type, self._team(connection, query.team, kind, holds.listed(connection)))

    def _team(
        self,
        connection: Connection,
        named: UUID | str,
        kind: NotificationType,
        open_holds: Sequence[OpenHold],
        user_id: UUID | None = None,
    ) -> TeamForecast:
        team = require_team(connection, named)
        role = role_of(connection, team.id, user_id) if user_id else None
        forecast = RoomsForecast(team, open_holds, self.guests is not None, self.forecast.configured)
        return TeamForecast(team, role, forecast.of(destinations.of_team(connection, team.id), kind))

    def delivery(self, query: ExplainDelivery) -> DeliveryExplained:
        """Return what the delivery did and why. Raises NotFound."""
        with self.database.transaction() as connection:
            story = delivery_log.one(connection, query.delivery_id)
            stoppers = holds.stopping_one(connection, query.delivery_id) if story and story.waits_for else []
            sent = content.of_delivery(connection, query.delivery_id) if story and query.content else None
            direct = None if story else direct_log.one(connection, query.delivery_id)
        if direct is not None:
            return DeliveryExplained(
                direct, direct_mail.told(direct), direct_mail.NO_CONTENT if query.content else None
            )
        if story is None:
            raise NotFound(f"no delivery has the id {query.delivery_id}")
        seen = content_of(sent, story.channel, story.status, self.look_of) if sent else None
        return DeliveryExplained(story, Narrator(self.now(), stoppers).tell(story), seen)


def _user(person: Recipient) -> dict[str, Any]:
    return {"id": person.id, "name": person.name, "email": person.email, "devices": person.devices}
