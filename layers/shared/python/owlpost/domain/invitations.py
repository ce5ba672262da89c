"""Invitations to teams."""

from datetime import datetime
from uuid import UUID

from owlpost.domain.value import dataclass


@dataclass(frozen=True, slots=True)
class Invitation:
    """An invitation as the team's managers see it."""

    id: UUID
    team_id: UUID
    email: str
    role: str
    invited_by_user_id: UUID
    inviter_name: str | None
    inviter_email: str | None
    expires_at: datetime
    accepted_at: datetime | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Offer:
    """An invitation as the invited person sees it."""

    id: UUID
    team_id: UUID
    team_name: str
    team_slug: str
    role: str
    email: str
    inviter_name: str | None
    expires_at: datetime
    accepted_at: datetime | None
    #: False if the inviter no longer may invite to this role.
    is_backed: bool = True
