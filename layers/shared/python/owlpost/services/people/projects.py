"""The projects of a person's teams, and how often each project sends a digest of its issues."""

from collections.abc import Sequence
from uuid import UUID

from owlpost.db.people import projects
from owlpost.db.session import Database
from owlpost.domain import cursors
from owlpost.domain.cursors import NamedPlace
from owlpost.domain.errors import NotFound
from owlpost.domain.frequencies import AlertFrequency
from owlpost.domain.people import MANAGING
from owlpost.domain.projects import Project
from owlpost.domain.refusals import Forbidden
from owlpost.domain.value import dataclass
from owlpost.services.digest_rest import DigestRest

#: Large enough that clients which do not know about pages get all projects of nearly every person.
LARGEST_PAGE = 1_000


@dataclass(frozen=True, slots=True)
class ProjectPage:
    """`cursor` leads to the next page; None on the last one."""

    projects: Sequence[Project]
    cursor: str | None


@dataclass(frozen=True, slots=True)
class Projects:
    """`keys` sign cursors, the newest first. `digest` is told of a frequency that may make one due sooner."""

    database: Database
    keys: Sequence[str]
    digest: DigestRest

    def of_teams(self, user_id: UUID, *, cursor: str | None = None, limit: int = LARGEST_PAGE) -> ProjectPage:
        """Return up to `limit` projects of the person's teams, by name. Raises InvalidRequest for a cursor not of ours."""
        size = min(max(limit, 1), LARGEST_PAGE)
        after = cursors.verify_named(cursor, self.keys) if cursor else None
        with self.database.transaction() as connection:
            found = projects.of_teams(connection, user_id, after=after, limit=size + 1)
        page = found[:size]
        place = NamedPlace(page[-1].name, page[-1].id) if len(found) > size else None
        return ProjectPage(page, cursors.sign_named(place, self.keys[0]) if place else None)

    def set_frequency(self, user_id: UUID, id_: UUID, frequency: AlertFrequency | None) -> Project:
        """Set the frequency, None for the default. Raises NotFound for a stranger, Forbidden for a plain member."""
        with self.database.transaction() as connection:
            changed = projects.set_frequency(connection, user_id, id_, frequency=frequency, roles=MANAGING)
        if changed is None:
            raise NotFound("There is no such project.")
        project, allowed = changed
        if not allowed:
            raise Forbidden("Only an owner or admin of the team can change this.")
        if frequency != "none":
            self.digest.ask()
        return project
