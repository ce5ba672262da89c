"""Projects of a team, and invitations to it."""

from uuid import UUID

from functions.api.schemas.common import EmailText, Moment, NameText, RequestBody, ResponseBody
from owlpost.domain.frequencies import AlertFrequency
from owlpost.domain.people import Role


class Project(ResponseBody):
    id: UUID
    team_id: UUID
    name: NameText
    issue_alert_frequency: str | None
    effective_issue_alert_frequency: str


class ProjectList(ResponseBody):
    projects: list[Project]
    cursor: str | None
    has_more: bool


class ProjectResponse(ResponseBody):
    project: Project


class FrequencyChange(RequestBody):
    issue_alert_frequency: AlertFrequency | None


class InvitationRequest(RequestBody):
    email: EmailText
    role: Role = "member"


class Inviter(ResponseBody):
    user_id: UUID
    name: NameText | None
    email: str | None


class Invitation(ResponseBody):
    id: UUID
    team_id: UUID
    email: str
    role: str
    invited_by: Inviter
    expires_at: Moment
    accepted_at: Moment | None
    created_at: Moment


class InvitationList(ResponseBody):
    invitations: list[Invitation]
    cursor: str | None
    has_more: bool


class Deleted(ResponseBody):
    deleted: bool = True


class Offer(ResponseBody):
    team_name: NameText
    team_slug: str
    role: str
    email: str
    invited_by_name: NameText | None
    expires_at: Moment


class Acceptance(RequestBody):
    token: str


class JoinedTeam(ResponseBody):
    team_id: UUID
    team_name: NameText
    role: str
