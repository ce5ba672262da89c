"""One person, for an operator: what they got, and all that decides about what they get next."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from owlpost.db.operator import devices, direct_log, person
from owlpost.db.operator.delivery_log import DeliveryRecord
from owlpost.db.operator.devices import DeviceRecord
from owlpost.db.operator.person import PreferenceChange, Sum, Told
from owlpost.db.session import Database
from owlpost.domain.clock import Clock
from owlpost.domain.person_commands import ShowPerson
from owlpost.domain.preference_history import ROOT
from owlpost.domain.preferences import child
from owlpost.domain.value import dataclass
from owlpost.services.operator.known_names import require_person

WEEK = timedelta(days=7)
#: Rows of each list; the week's sums cover all.
LISTED = 20
#: Pending deliveries of any age: none lives longer.
LONGEST_WAIT = timedelta(days=35)


@dataclass(frozen=True, slots=True)
class PersonShown:
    """`week` counts a week's deliveries, `latest` lists the newest of them; `preferences` is the part about notifications."""

    id: UUID
    name: str
    email: str | None
    created_at: datetime
    teams: list[dict[str, Any]]
    preferences: Mapping[str, Any]
    changes: list[PreferenceChange]
    suppressions: list[dict[str, Any]]
    devices: list[DeviceRecord]
    #: Without addresses.
    destinations: list[dict[str, Any]]
    sessions: int
    week: list[Sum]
    latest: list[Told]
    pending: list[Told]
    #: Codes, invitations and warnings of the week, never with what they said.
    direct_mails: list[DeliveryRecord]


@dataclass(frozen=True, slots=True)
class Persons:
    database: Database
    now: Clock

    def show(self, query: ShowPerson) -> PersonShown:
        """Return the person. Raises NotFound with similar addresses."""
        now = self.now()
        with self.database.transaction() as connection:
            found = require_person(connection, query.user)
            account = person.account(connection, found.id)
            said = child(found.preferences, ROOT)
            return PersonShown(
                id=found.id,
                name=found.name,
                email=found.email,
                created_at=account.created_at,
                teams=account.teams,
                preferences=said if isinstance(said, Mapping) else {},
                changes=person.changes(connection, found.id, limit=LISTED),
                suppressions=account.suppressions,
                devices=devices.of_person(connection, found.id),
                destinations=found.destinations,
                sessions=account.sessions,
                week=person.sums(connection, found.id, since=now - WEEK),
                latest=person.latest(connection, found.id, since=now - WEEK, limit=LISTED),
                pending=person.latest(connection, found.id, since=now - LONGEST_WAIT, pending=True, limit=LISTED),
                direct_mails=direct_log.to_address(connection, found.email or "", since=now - WEEK, limit=LISTED),
            )
