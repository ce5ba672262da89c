"""Requests and answers of the API, as its clients know them: names and shapes are fixed, fields may be added."""

from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, WithJsonSchema

from owlpost.domain.frequencies import AlertFrequency
from owlpost.domain.people import Role


def moment(value: datetime) -> str:
    """UTC with exactly three fractional digits and Z."""
    utc = value.astimezone(UTC)
    return f"{utc:%Y-%m-%dT%H:%M:%S}.{utc.microsecond // 1000:03}Z"


Moment = Annotated[
    datetime, PlainSerializer(moment), WithJsonSchema({"type": "string", "format": "date-time"}, mode="serialization")
]
#: Bodies are strict, so that "yes" is no boolean; an id comes as a string whatever is done.
IdText = Annotated[UUID, Field(strict=False)]


class Stated(BaseModel):
    """What a client sends. Fields we do not know are passed by."""

    model_config = ConfigDict(strict=True)


class Answer(BaseModel):
    """What a client gets, read from our own objects by attribute."""

    model_config = ConfigDict(from_attributes=True)


class FieldProblem(Answer):
    field: str
    problem: str


class Problem(Answer):
    """Any refusal: one clear sentence, and the fields it is about."""

    error: str
    details: list[FieldProblem] | None = None


class Notification(Answer):
    id: UUID
    type: str
    title: str
    body: str | None
    link: str | None
    team_id: UUID | None
    project_id: str | None
    read_at: Moment | None
    created_at: Moment


class NotificationPage(Answer):
    notifications: list[Notification]
    cursor: str | None
    has_more: bool
    unread_count: int


class UnreadCount(Answer):
    count: int


class OpenedNotification(Notification):
    data: dict[str, Any]


class DeliveryRecord(Answer):
    channel: str
    status: str
    reason: str | None
    attempted_at: Moment | None


class NotificationWithDeliveries(Answer):
    notification: OpenedNotification
    deliveries: list[DeliveryRecord]


class ReadChange(Stated):
    read: bool = True


class ChangedNotification(Answer):
    notification: Notification
    unread_count: int


class MarkAll(Stated):
    type: str | None = None
    up_to: IdText | None = None


class MarkedAll(Answer):
    marked: int
    unread_count: int


class DeletedNotification(Answer):
    id: UUID
    unread_count: int


class DeviceRegistration(Stated):
    channel: Annotated[str, Field(json_schema_extra={"enum": ["mobile_push"]})]
    platform: Annotated[str, Field(json_schema_extra={"enum": ["ios", "android"]})]
    token: Annotated[str, Field(json_schema_extra={"pattern": r"^[A-Za-z0-9:_.-]{1,4096}$"})]
    environment: Annotated[str | None, Field(description="sandbox; anything else is production")] = None
    app_version: str | None = None
    device_model: str | None = None
    os_version: str | None = None


class Device(Answer):
    id: UUID
    channel: str
    platform: str
    environment: str
    app_version: str | None
    device_model: str | None
    os_version: str | None
    last_seen_at: Moment
    created_at: Moment


class DeviceAnswer(Answer):
    device: Device


class DeviceList(Answer):
    devices: list[Device]


class DeletedDevice(Answer):
    id: UUID


class ChannelChoice(Answer):
    channel: str
    label: str
    default: bool
    enabled: bool
    overridden: bool


class TypeChoices(Answer):
    type: str
    label: str
    description: str
    channels: list[ChannelChoice]


class User(Answer):
    id: UUID
    email: str
    name: str
    preferences: dict[str, Any]
    created_at: Moment
    updated_at: Moment


class Team(Answer):
    id: UUID
    name: str
    slug: str
    role: str


class Me(Answer):
    user: User
    teams: list[Team]
    notification_types: list[TypeChoices]


class ProfileChange(Stated):
    name: str | None = None
    preferences: dict[str, Any] | None = None


class ChangedProfile(Answer):
    user: User
    notification_types: list[TypeChoices]


class CodeRequest(Stated):
    email: str


class Message(Answer):
    message: str


class CodeTry(Stated):
    email: str
    code: Annotated[str, Field(min_length=1)]


class SignedInAnswer(Answer):
    token: str
    user: User
    teams: list[Team]
    is_new_user: bool


class Success(Answer):
    success: bool = True


class Project(Answer):
    id: UUID
    team_id: UUID
    name: str
    issue_alert_frequency: str | None
    effective_issue_alert_frequency: str


class ProjectList(Answer):
    projects: list[Project]


class ProjectAnswer(Answer):
    project: Project


class FrequencyChange(Stated):
    issue_alert_frequency: AlertFrequency | None


class InvitationRequest(Stated):
    email: str
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


class Health(Answer):
    status: str = "ok"
