"""Destinations as an operator sees them, without address and secret; and one that is dead is brought back."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, text

from owlpost.db import rows
from owlpost.domain.destinations import DestinationState
from owlpost.domain.value import dataclass

_COLUMNS = """t.id, t.user_id, t.team_id, t.channel, t.kind, t.label, t.state, t.types, t.verified_at, t.dead_at, t.last_ok_at,
           t.last_error, t.last_error_at, t.failing_since, t.failures, t.created_at"""
_LIST = f"""
    select {_COLUMNS}, t.tested_at, test.status as test_status, test.error as test_error
    from destinations t
    left join notification_deliveries test on test.id = t.test_id"""
LIST_OF_PERSON = text(f"{_LIST} where t.user_id = :owner order by t.created_at, t.id")
LIST_OF_TEAM = text(f"{_LIST} where t.team_id = :owner order by t.created_at, t.id")
FIND_TEAMS = text("""
    select t.id, t.name from teams t
    where t.id = cast(:id as uuid) or t.slug = :name or lower(t.name) = lower(:name)
    order by t.name, t.id limit 3
""")
#: Who was never proven to be its owner's gets nothing but tests, as before. What is called dead for what was sent before now
#: does not die of it again.
REVIVE = text(f"""
    with dead as (
      select t.id, t.dead_at, t.last_error, t.failing_since from destinations t
      where t.id = :id and t.state = '{DestinationState.DEAD}' for update
    )
    update destinations t
    set state = case when t.verified_at is null then '{DestinationState.UNVERIFIED}' else '{DestinationState.LIVE}' end,
        dead_at = null, last_error = null, last_error_at = null, failing_since = null, failures = 0, registered_at = now()
    from dead
    where t.id = dead.id
    returning t.id, t.channel, t.label, t.state, dead.dead_at as was_dead_since, dead.last_error as had_failed_with
""")
FIND_STATE = text("select t.label, t.state from destinations t where t.id = :id")


@dataclass(frozen=True, slots=True, kw_only=True)
class DestinationRecord:
    """A destination with its health and its last test. `failures` counts those since the last success."""

    id: UUID
    user_id: UUID | None
    team_id: UUID | None
    channel: str
    kind: str
    label: str
    state: str
    #: Of a room: what it is told of; None for all.
    types: list[str] | None
    verified_at: datetime | None
    dead_at: datetime | None
    last_ok_at: datetime | None
    last_error: str | None
    last_error_at: datetime | None
    failing_since: datetime | None
    failures: int
    created_at: datetime
    tested_at: datetime | None
    test_status: str | None
    test_error: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Revived:
    """A destination that was dead; `state` is what it is now."""

    id: UUID
    channel: str
    label: str
    state: str
    was_dead_since: datetime | None
    had_failed_with: str | None


@dataclass(frozen=True, slots=True)
class TeamFound:
    id: UUID
    name: str


def of_person(connection: Connection, user_id: UUID) -> list[DestinationRecord]:
    """Return the person's destinations, the first connected one first."""
    return rows.values(DestinationRecord, connection.execute(LIST_OF_PERSON, {"owner": user_id}))


def of_team(connection: Connection, team_id: UUID) -> list[DestinationRecord]:
    """Return the team's rooms, the first connected one first."""
    return rows.values(DestinationRecord, connection.execute(LIST_OF_TEAM, {"owner": team_id}))


def teams(connection: Connection, named: UUID | str) -> list[TeamFound]:
    """Return the teams with this id, slug or name, at most three."""
    by_id = isinstance(named, UUID)
    values = {"id": named if by_id else None, "name": None if by_id else named}
    return rows.values(TeamFound, connection.execute(FIND_TEAMS, values))


def revive(connection: Connection, id_: UUID) -> Revived | None:
    """Bring a dead destination back. Return None if it is not dead, or if there is none."""
    return rows.optional(Revived, connection.execute(REVIVE, {"id": id_}).one_or_none())


def state_of(connection: Connection, id_: UUID) -> tuple[str, str] | None:
    """Return label and state of a destination, None if there is none."""
    row = connection.execute(FIND_STATE, {"id": id_}).one_or_none()
    return (row.label, row.state) if row else None
