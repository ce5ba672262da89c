"""Projects and their alert frequency."""

from uuid import UUID

from sqlalchemy import Connection, text

from owlpost.db import rows
from owlpost.domain.cursors import NamedPlace
from owlpost.domain.projects import Project

#: The name is the host's and may be of any length.
_NAME = "left(p.name, 255)"

LIST_PROJECTS = text(f"""
    select p.id, p.team_id, {_NAME} as name, p.issue_alert_frequency
    from projects p
    join team_members m on m.team_id = p.team_id
    where m.user_id = :user_id
      and (cast(:after_id as uuid) is null or ({_NAME}, p.id) > (:after_name, cast(:after_id as uuid)))
    order by {_NAME}, p.id
    limit :limit
""")

#: A member in one of `:roles` changes the project; any other member gets its row unchanged, and a stranger gets no row.
CHANGE_FREQUENCY = text(f"""
    with project as materialized (
      select p.id, p.team_id, {_NAME} as name, m.role = any(string_to_array(:roles, ',')) as allowed
      from projects p
      join team_members m on m.team_id = p.team_id
      where p.id = :id and m.user_id = :user_id
    ),
    changed as (
      update projects p set issue_alert_frequency = :frequency
      from project where p.id = project.id and project.allowed
    )
    select id, team_id, name, cast(:frequency as text) as issue_alert_frequency, allowed from project
""")


def of_teams(connection: Connection, user_id: UUID, *, after: NamedPlace | None, limit: int) -> list[Project]:
    """Return up to `limit` projects after a place, by name, of the teams that the person belongs to."""
    values = {
        "user_id": user_id,
        "after_name": after.name if after else "",
        "after_id": after.id if after else None,
        "limit": limit,
    }
    return rows.values(Project, connection.execute(LIST_PROJECTS, values))


def set_frequency(
    connection: Connection, user_id: UUID, id_: UUID, *, frequency: str | None, roles: frozenset[str]
) -> tuple[Project, bool] | None:
    """Change the frequency if the person may. Return the project and whether they may; None if it is not theirs."""
    values = {"user_id": user_id, "id": id_, "frequency": frequency, "roles": ",".join(sorted(roles))}
    row = connection.execute(CHANGE_FREQUENCY, values).one_or_none()
    return (rows.value(Project, row), row.allowed) if row else None
