"""What a person sees of their notifications."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, TypeAlias
from uuid import UUID

from owlpost.domain import text
from owlpost.domain.cursors import Place, Snapshot
from owlpost.domain.json_values import compact
from owlpost.domain.value import dataclass

#: Rows that are done or snoozed have lists of their own; `all` is of the inbox.
ReadState: TypeAlias = Literal["unread", "read", "all", "done", "snoozed"]
#: Characters of a body in a list. The notification itself has all of them.
EXCERPT = 1_000


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
    done_at: datetime | None = None
    #: When it came first, if it was snoozed since: `created_at` is then when it comes back.
    snoozed_from: datetime | None = None


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a list is narrowed to; None is no bound. All of `words` must stand in the title, the body or the project's name."""

    read_state: ReadState = "all"
    type: str | None = None
    project_id: str | None = None
    team_id: UUID | None = None
    words: Sequence[str] = ()

    @property
    def is_narrow(self) -> bool:
        """Return whether it leaves out unread rows of the inbox."""
        return bool(self.type or self.project_id or self.team_id)


@dataclass(frozen=True, slots=True)
class Opened:
    """One notification with its data, and its deliveries as `{channel, status, reason, attempted_at}`."""

    entry: Entry
    data: Mapping[str, Any]
    deliveries: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Listed:
    """A page, the unread count, and the snapshot that both were read in.

    `entries` are JSON with commas between them, those of the ids in `long` with one character more of the body than a list
    shows. `chosen_unread` counts only what the list is narrowed to. `next` is where the list goes on; None where it ends.
    """

    entries: str
    long: Sequence[str]
    unread_count: int
    chosen_unread: int
    snapshot: Snapshot
    next: Place | None

    @property
    def shortened(self) -> str:
        """Return the entries as a JSON list, in which a long body is cut and ends in "…"."""
        whole = f"[{self.entries}]"
        if not self.long:
            return whole
        return compact([_shortened(entry) for entry in json.loads(whole)])


def _shortened(entry: dict[str, Any]) -> dict[str, Any]:
    return entry | {"body": text.cut(entry["body"], EXCERPT)} if entry["body"] else entry


@dataclass(frozen=True, slots=True)
class Marked:
    """How many rows "mark all read" marked, and the unread count after it."""

    marked: int
    unread_count: int
    pivot_found: bool
    at: datetime
