"""People, their teams and what they may do there."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, TypeAlias
from uuid import UUID

Role: TypeAlias = Literal["owner", "admin", "member"]
#: Roles that may change a team's settings and invite to it.
MANAGING: frozenset[str] = frozenset({"owner", "admin"})


@dataclass(frozen=True, slots=True)
class User:
    """A person's account; `preferences` is the blob as it is stored."""

    id: UUID
    email: str
    name: str
    preferences: dict[str, Any]
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Membership:
    """A team as one of its members sees it."""

    id: UUID
    name: str
    slug: str
    role: str


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who has just signed in, and the token that says so from now on."""

    token: str
    user: User
    teams: tuple[Membership, ...] = field(default=())
    is_new_user: bool = False


@dataclass(frozen=True, slots=True)
class Caller:
    """The person who makes a request, and the session they make it in."""

    user: User
    session_id: str
    signed_in_at: datetime
