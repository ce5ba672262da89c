"""People, their teams and what they may do there."""

from dataclasses import field
from datetime import datetime
from typing import Any, Literal, TypeAlias
from uuid import UUID

from owlpost.domain.locales import of_preferences
from owlpost.domain.value import dataclass

Role: TypeAlias = Literal["owner", "admin", "member"]
#: Roles that may change a team's settings and invite to it.
MANAGING: frozenset[str] = frozenset({"owner", "admin"})


@dataclass(frozen=True, slots=True)
class User:
    """A person's account; `preferences` is the stored JSON object."""

    id: UUID
    email: str
    name: str
    preferences: dict[str, Any]
    created_at: datetime
    updated_at: datetime

    @property
    def locale(self) -> str | None:
        """The language that the person has chosen, None if none."""
        return of_preferences(self.preferences)


@dataclass(frozen=True, slots=True)
class Membership:
    """A team as one of its members sees it."""

    id: UUID
    name: str
    slug: str
    role: str


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A person who has just signed in, with the token of the new session."""

    token: str
    user: User
    teams: tuple[Membership, ...] = field(default=())
    is_new_user: bool = False


@dataclass(frozen=True, slots=True)
class Visit:
    """What a request says about its sender: the source IP, the token that its browser keeps, the user agent and the language.

    `locale` is that of the browser for which we have words, None where it is English or unknown.
    """

    ip: str | None = None
    browser: str | None = None
    device: str = ""
    locale: str | None = None


@dataclass(frozen=True, slots=True)
class Caller:
    """The person who makes a request, and the session of the request. `by_host`: the host decides how long that lasts."""

    user: User
    session_id: str
    signed_in_at: datetime
    issued_at: datetime
    source_hash: str | None = None
    by_host: bool = False


@dataclass(frozen=True, slots=True)
class HostSession:
    """A sign-in at the host product: its user has this id, or this address."""

    id: str
    issued_at: datetime
    user_id: UUID | None = None
    address: str | None = None


@dataclass(frozen=True, slots=True)
class ListedSession:
    """A session as its person sees it; `device` is the user agent at sign-in."""

    id: str
    device: str
    started_at: datetime
    last_used_at: datetime
