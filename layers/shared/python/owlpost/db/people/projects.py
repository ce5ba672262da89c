"""Projects, as far as their alert frequency goes."""

from uuid import UUID

from sqlalchemy import Connection, text

from owlpost.db import rows
from owlpost.domain.projects import Project

LIST = text("""
    select p.id, p.team_id, p.name, p.issue_alert_frequency
    from projects p
    join team_members m on m.team_id = p.team_id
    where m.user_id = :user_id
    order by p.name, p.id
""")

#: Changed only for a member in one of `:roles`; the row comes back unchanged for any other member, and not at all for others.
CHANGE = text("""
    with project as materialized (
      select p.id, p.team_id, p.name, m.role = any(string_to_array(:roles, ',')) as allowed
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


def of_teams(connection: Connection, user_id: UUID) -> list[Project]:
    """The projects of all teams that the person belongs to."""
    return rows.values(Project, connection.execute(LIST, {"user_id": user_id}))


def set_frequency(
    connection: Connection, user_id: UUID, id_: UUID, *, frequency: str | None, roles: frozenset[str]
) -> tuple[Project, bool] | None:
    """The project and whether the person was allowed to change it, which is then done; None where it is not theirs."""
    values = {"user_id": user_id, "id": id_, "frequency": frequency, "roles": ",".join(sorted(roles))}
    row = connection.execute(CHANGE, values).one_or_none()
    return (rows.value(Project, row), row.allowed) if row else None
