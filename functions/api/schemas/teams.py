"""Projects of a team, and invitations to it."""

from uuid import UUID

from functions.api.schemas.common import Answer, EmailText, Moment, Stated
from owlpost.domain.frequencies import AlertFrequency
from owlpost.domain.people import Role


class Project(Answer):
    id: UUID
    team_id: UUID
    name: str
    issue_alert_frequency: str | None
    effective_issue_alert_frequency: str


class ProjectList(Answer):
    projects: list[Project]
    cursor: str | None
    has_more: bool


class ProjectAnswer(Answer):
    project: Project


class FrequencyChange(Stated):
    issue_alert_frequency: AlertFrequency | None


class InvitationRequest(Stated):
    email: EmailText
    role: Role = "member"


class Inviter(Answer):
    user_id: UUID
    name: str | None
    email: str | None


class Invitation(Answer):
    id: UUID
    team_id: UUID
    email: str
    role: str
    invited_by: Inviter
    expires_at: Moment
    accepted_at: Moment | None
    created_at: Moment


class InvitationList(Answer):
    invitations: list[Invitation]
    cursor: str | None
    has_more: bool


class Deleted(Answer):
    deleted: bool = True


class Offer(Answer):
    team_name: str
    team_slug: str
    role: str
    email: str
    invited_by_name: str | None
    expires_at: Moment


class Acceptance(Stated):
    token: str


class JoinedTeam(Answer):
    team_id: UUID
    team_name: str
    role: str
