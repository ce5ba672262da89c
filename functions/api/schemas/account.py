"""Who one is, what one has chosen, and signing in."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from functions.api.schemas.common import Answer, EmailText, Moment, Stated


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
    email: EmailText


class Message(Answer):
    message: str


class CodeTry(Stated):
    email: EmailText
    code: Annotated[str, Field(min_length=1)]


class SignedInAnswer(Answer):
    token: str
    user: User
    teams: list[Team]
    is_new_user: bool


class Session(Answer):
    id: str
    device: str
    is_current: bool
    started_at: Moment
    last_used_at: Moment


class SessionList(Answer):
    sessions: list[Session]
