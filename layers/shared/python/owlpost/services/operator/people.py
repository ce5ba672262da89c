"""Look people up for an operator."""

from uuid import UUID

from owlpost.db.operator import devices
from owlpost.db.operator.devices import DeviceRecord
from owlpost.db.session import Database
from owlpost.domain.person_commands import FindPeople, ListDevices
from owlpost.domain.value import dataclass
from owlpost.services.operator.known_names import require_person


@dataclass(frozen=True, slots=True)
class PersonFound:
    id: UUID
    name: str
    email: str | None


@dataclass(frozen=True, slots=True)
class PersonsDevices:
    user: PersonFound
    devices: list[DeviceRecord]


@dataclass(frozen=True, slots=True)
class People:
    database: Database

    def devices(self, query: ListDevices) -> PersonsDevices:
        """Return the person with their devices. Raises NotFound."""
        with self.database.transaction() as connection:
            person = require_person(connection, query.user)
            found = devices.of_person(connection, person.id)
        return PersonsDevices(PersonFound(person.id, person.name, person.email), found)

    def find(self, query: FindPeople) -> list[PersonFound]:
        """Return the people in the order of the query. Raises NotFound for one that is unknown."""
        with self.database.transaction() as connection:
            found = [require_person(connection, user) for user in query.users]
        return [PersonFound(person.id, person.name, person.email) for person in found]
