"""Rows of the host product for tests of the digest: projects, apps and issues."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection, text

from owlpost.db.session import Database


@dataclass(frozen=True, slots=True)
class Project:
    """A project with one app, and the issues of that app."""

    database: Database
    id: UUID
    app_id: UUID

    def add_issues(self, number: int = 1, *, seen: datetime, **changes: Any) -> list[UUID]:
        """Insert issues numbered from 1. The number of an issue is its number of occurrences."""
        values = {"status": "new", "is_dev": False, "notified": None, **changes}
        with self.database.transaction() as connection:
            rows = connection.execute(
                text("""
                    insert into issues (project_id, app_id, status, title, occurrence_count, unique_user_count, is_dev,
                                        first_seen_at, last_seen_at, last_notified_at)
                    select :project_id, :app_id, :status, 'Crash ' || n, n, 1, :is_dev, :seen, :seen, :notified
                    from generate_series(1, :number) as n
                    returning id
                """),
                {"project_id": self.id, "app_id": self.app_id, "number": number, "seen": seen, **values},
            )
            return list(rows.scalars())

    def see_again(self, issue_ids: Sequence[UUID], *, at: datetime) -> None:
        with self.database.transaction() as connection:
            connection.execute(
                text("update issues set last_seen_at = :at where id = any(cast(string_to_array(:ids, ',') as uuid[]))"),
                {"at": at, "ids": ",".join(map(str, issue_ids))},
            )


def add_project(
    database: Database, team_id: UUID, *, created: datetime, frequency: str | None = None, name: str = "Atlas"
) -> Project:
    project = Project(database, uuid4(), uuid4())
    with database.transaction() as connection:
        _insert(connection, project, team_id=team_id, created=created, frequency=frequency, name=name)
    return project


def _insert(connection: Connection, project: Project, **values: object) -> None:
    connection.execute(
        text("""
            with project as (
              insert into projects (id, team_id, name, issue_alert_frequency, created_at)
              values (:id, :team_id, :name, :frequency, :created)
            )
            insert into apps (id, project_id, name) values (:app_id, :id, 'Pocket Atlas')
        """),
        {"id": project.id, "app_id": project.app_id, **values},
    )
