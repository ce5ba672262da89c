"""Projects of the host, as far as Owlpost knows them."""

from uuid import UUID

from owlpost.domain.value import dataclass


@dataclass(frozen=True, slots=True)
class Project:
    """A project of a team, and how often it tells the team about its issues; None for the default."""

    id: UUID
    team_id: UUID
    name: str
    issue_alert_frequency: str | None
