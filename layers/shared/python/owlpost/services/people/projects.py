"""Projects of one person's teams: how often each tells about its issues."""

from dataclasses import dataclass
from uuid import UUID

from owlpost.db.people import projects
from owlpost.db.session import Database
from owlpost.domain.errors import NotFound
from owlpost.domain.frequencies import AlertFrequency
from owlpost.domain.people import MANAGING
from owlpost.domain.projects import Project
from owlpost.domain.refusals import Forbidden


@dataclass(frozen=True, slots=True)
class Projects:
    database: Database

    def of_teams(self, user_id: UUID) -> list[Project]:
        with self.database.transaction() as connection:
            return projects.of_teams(connection, user_id)

    def set_frequency(self, user_id: UUID, id_: UUID, frequency: AlertFrequency | None) -> Project:
        """None goes back to the default. Raises NotFound where it is not theirs, Forbidden for those who only look on."""
        with self.database.transaction() as connection:
            changed = projects.set_frequency(connection, user_id, id_, frequency=frequency, roles=MANAGING)
        if changed is None:
            raise NotFound("There is no such project.")
        project, allowed = changed
        if not allowed:
            raise Forbidden("Only an owner or admin of the team can change this.")
        return project
