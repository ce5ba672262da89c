"""List what is connected, for an operator, and bring back a destination that is dead."""

from dataclasses import asdict
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from owlpost.db.operator import destinations, recipient
from owlpost.db.operator.destinations import DestinationRecord, Revived, TeamFound
from owlpost.db.session import Database
from owlpost.domain import explanations
from owlpost.domain.destination_commands import ListDestinations, ReviveDestination
from owlpost.domain.errors import InvalidRequest, NotFound
from owlpost.domain.value import dataclass
from owlpost.observability import logger
from owlpost.services.operator.known_names import require_person


@dataclass(frozen=True, slots=True)
class Owner:
    """`email` is None of a team."""

    kind: str
    id: UUID
    name: str
    email: str | None = None


@dataclass(frozen=True, slots=True)
class ConnectedOnes:
    """The destinations of a person, or the rooms of a team. Each has what its last error means in words."""

    owner: Owner
    destinations: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Connected:
    database: Database

    def list(self, query: ListDestinations) -> ConnectedOnes:
        """Return all that the person or the team has connected. Raises NotFound, or InvalidRequest for an ambiguous name."""
        with self.database.transaction() as connection:
            owner = _owner(connection, query.owner)
            of = destinations.of_team if owner.kind == "team" else destinations.of_person
            found = of(connection, owner.id)
        return ConnectedOnes(owner, [_in_words(each) for each in found])

    def revive(self, command: ReviveDestination) -> Revived:
        """Bring a dead destination back. Raises NotFound, or InvalidRequest for one that is not dead."""
        with self.database.transaction() as connection:
            revived = destinations.revive(connection, command.id)
            state = None if revived else destinations.state_of(connection, command.id)
        if revived is None:
            raise _not_dead(command.id, state)
        logger().info("revived", extra={"channel": revived.channel, "state": revived.state})
        return revived


def require_team(connection: Connection, named: UUID | str) -> TeamFound:
    """Return the team with this id, slug or name. Raises NotFound, or InvalidRequest if several have the name."""
    found = destinations.teams(connection, named)
    if not found:
        raise NotFound(f"there is no team {named}")
    if len(found) > 1:
        ids = ", ".join(str(each.id) for each in found)
        raise InvalidRequest("team", f"several have the name {named}: give an id, such as {ids}")
    return found[0]


def _owner(connection: Connection, named: UUID | str) -> Owner:
    is_address = isinstance(named, str) and "@" in named
    person = recipient.find(connection, named) if is_address or isinstance(named, UUID) else None
    if person is None and is_address:
        person = require_person(connection, named)
    if person is not None:
        return Owner("person", person.id, person.name, person.email)
    if isinstance(named, UUID) and not destinations.teams(connection, named):
        raise NotFound(f"there is no person and no team with the id {named}")
    team = require_team(connection, named)
    return Owner("team", team.id, team.name)


def _in_words(found: DestinationRecord) -> dict[str, Any]:
    means = explanations.explain(found.last_error).meaning if found.last_error else None
    test_means = explanations.explain(found.test_error).meaning if found.test_error else None
    return {**asdict(found), "last_error_means": means, "test_error_means": test_means}


def _not_dead(id_: UUID, found: tuple[str, str] | None) -> Exception:
    if found is None:
        return NotFound(f"no destination has the id {id_}")
    label, state = found
    return InvalidRequest("id", f"{label} is {state}, and only what is dead can be revived")
