"""Whom a changed role is about: the member, the team, and who changed it."""

from uuid import UUID

from sqlalchemy import Connection, text

from owlpost.db import rows
from owlpost.domain.value import dataclass

#: One row always. Each part is null where there is none.
FIND_MEMBER = text("""
    select u.email, t.name as team_name, m.user_id is not null as is_member, c.name as changer_name,
           u.preferences ->> 'locale' as locale
    from (select) asked
    left join users u on u.id = :user_id
    left join teams t on t.id = :team_id
    left join team_members m on m.user_id = u.id and m.team_id = t.id
    left join users c on c.id = cast(:changed_by as uuid)
""")


@dataclass(frozen=True, slots=True)
class Member:
    """`email` is None for an unknown person, `team_name` for an unknown team, `changer_name` for an unknown changer."""

    email: str | None
    team_name: str | None
    is_member: bool
    changer_name: str | None
    locale: str | None = None


def find(connection: Connection, *, user_id: UUID, team_id: UUID, changed_by: UUID | None) -> Member:
    values = {"user_id": user_id, "team_id": team_id, "changed_by": changed_by}
    return rows.value(Member, connection.execute(FIND_MEMBER, values).one())
