"""Whom a request tells: people by id, or a team's members in one range of user ids."""

from uuid import UUID

from sqlalchemy import Connection, text

from owlpost.domain.requests import ByTeam
from owlpost.domain.value import dataclass

FIRST_UUID = UUID(int=0)

#: People by id.
BY_IDS = """
    select u.id as user_id, u.preferences
    from (select distinct cast(unnest(string_to_array(:user_ids, ',')) as uuid) as id) wanted
    join users u on u.id = wanted.id
"""

MEMBERS = """
    from team_members m
    where m.team_id = :recipient_team_id
      and (cast(:roles as text) is null or m.role = any(string_to_array(:roles, ',')))
      and m.user_id <> all(cast(string_to_array(:excluded, ',') as uuid[]))
"""

#: A team's members in one range of user ids.
BY_TEAM = f"""
    select u.id as user_id, u.preferences
    from (
      select m.user_id {MEMBERS}
        and m.user_id >= :first_user_id and (cast(:end_user_id as uuid) is null or m.user_id < :end_user_id)
    ) member
    join users u on u.id = member.user_id
"""

#: The user ids at which the second and each later chunk of a team begin; null if one chunk is enough.
CHUNK_STARTS = text(f"""
    select string_agg(cast(user_id as text), ',' order by user_id)
    from (select m.user_id, row_number() over (order by m.user_id) as place {MEMBERS}) member
    where place > 1 and mod(place - 1, :chunk_size) = 0
""")

#: As many as all chunks of a team tell.
TEAM_SIZE = text(f"select count(*) from ({BY_TEAM}) told")


@dataclass(frozen=True, slots=True)
class Range:
    """User ids from `first` up to but without `end`; up to the last id if `end` is None."""

    first: UUID = FIRST_UUID
    end: UUID | None = None


def chunk_starts(connection: Connection, team: ByTeam, chunk_size: int) -> list[str]:
    """Return the user ids at which a team's second and later chunks of `chunk_size` members begin."""
    starts = connection.execute(CHUNK_STARTS, {**_members(team), "chunk_size": chunk_size}).scalar_one()
    return starts.split(",") if starts else []


def size(connection: Connection, team: ByTeam) -> int:
    """Return how many people a request to the team tells, in whatever number of chunks."""
    people: int = connection.execute(TEAM_SIZE, team_range(team, Range())).scalar_one()
    return people


def _members(team: ByTeam) -> dict[str, object]:
    return {
        "recipient_team_id": team.team_id,
        "roles": ",".join(team.roles) if team.roles else None,
        "excluded": ",".join(map(str, team.exclude_user_ids)),
    }


def team_range(team: ByTeam, within: Range) -> dict[str, object]:
    """Return the parameters of BY_TEAM."""
    return {**_members(team), "first_user_id": within.first, "end_user_id": within.end}
