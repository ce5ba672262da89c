"""Look people up for an operator."""

from dataclasses import dataclass
from uuid import UUID

from owlpost.db.session import Database
from owlpost.domain.commands import FindPeople
from owlpost.services.operator.known_names import require_person


@dataclass(frozen=True, slots=True)
class PersonFound:
    id: UUID
    name: str
    email: str | None


@dataclass(frozen=True, slots=True)
class People:
    database: Database

    def find(self, query: FindPeople) -> list[PersonFound]:
        """Return the people in the order of the query. Raises NotFound for one that is unknown."""
        with self.database.transaction() as connection:
            found = [require_person(connection, user) for user in query.users]
        return [PersonFound(person.id, person.name, person.email) for person in found]
