"""What a person sees of their notifications."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeAlias
from uuid import UUID

ReadState: TypeAlias = Literal["unread", "read", "all"]


@dataclass(frozen=True, slots=True)
class Entry:
    """A notification as the inbox shows it."""

    id: UUID
    type: str
    title: str
    body: str | None
    link: str | None
    team_id: UUID | None
    project_id: str | None
    read_at: datetime | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Opened:
    """One notification with its data, and its deliveries as `{channel, status, reason, attempted_at}`."""

    entry: Entry
    data: Mapping[str, Any]
    deliveries: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Listed:
    """A page, the unread count, and the snapshot that both were read in, as Postgres writes it."""

    entries: Sequence[Entry]
    unread_count: int
    snapshot: str


@dataclass(frozen=True, slots=True)
class Marked:
    """How many rows "mark all read" marked, and the unread count after it."""

    marked: int
    unread_count: int
    pivot_found: bool
