"""Who one is, what one has chosen, and signing in."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from functions.api.schemas.common import EmailText, Moment, NameText, RequestBody, ResponseBody


class ChannelChoice(ResponseBody):
    channel: str
    label: str
    default: bool
    enabled: bool
    overridden: bool


class TypeChoices(ResponseBody):
    type: str
    label: str
    description: str
    channels: list[ChannelChoice]


class ChannelSwitch(ResponseBody):
    channel: str
    label: str
    enabled: bool
    reach: Annotated[
        str, Field(description="inbox, mail_address, devices, destinations (what people connect) or installation")
    ]


class User(ResponseBody):
    id: UUID
    email: str
    name: NameText
    preferences: dict[str, Any]
    created_at: Moment
    updated_at: Moment


class Team(ResponseBody):
    id: UUID
    name: NameText
    slug: str
    role: str


class Me(ResponseBody):
    user: User
    teams: list[Team]
    notification_types: list[TypeChoices]
    notification_channels: list[ChannelSwitch]


class ProfileChange(RequestBody):
    name: str | None = None
    preferences: dict[str, Any] | None = None


class ChangedProfile(ResponseBody):
    user: User
    notification_types: list[TypeChoices]
    notification_channels: list[ChannelSwitch]


class CodeRequest(RequestBody):
    email: EmailText


class Message(ResponseBody):
    message: str


class CodeTry(RequestBody):
    email: EmailText
    code: Annotated[str, Field(min_length=1)]


class SignInResponse(ResponseBody):
    token: str
    user: User
    teams: list[Team]
    is_new_user: bool


class Session(ResponseBody):
    id: str
    device: str
    is_current: bool
    started_at: Moment
    last_used_at: Moment


class SessionList(ResponseBody):
    sessions: list[Session]
