"""What a person does to rows of their inbox, and the signed text by which one such act is undone.

The rows of an act carry its time to the microsecond, in `read_at`, `done_at` or `deleted_at`: those, and no others, are its
rows. A row that was changed again since carries another time, and is left as it is. For an act that moves rows, the text holds
where they were.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, TypeAlias
from uuid import UUID

from owlpost.domain import signed
from owlpost.domain.errors import InvalidRequest
from owlpost.domain.value import dataclass

Verb: TypeAlias = Literal["read", "done", "delete", "snooze", "wake"]
#: The page offers it until it is left. Deleted rows are kept for longer than this.
UNDO_FOR = timedelta(days=1)
#: Ids of one act: as many as a page has.
MOST_ROWS = 200
SHORTEST_SNOOZE, LONGEST_SNOOZE = timedelta(minutes=1), timedelta(days=366)
_UNDO = b"owlpost.undo.1:"


@dataclass(frozen=True, slots=True)
class Act:
    """One act at its time. `moved` holds, for each row that it moved, what its columns were, as JSON."""

    verb: Verb
    at: datetime
    moved: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True, slots=True)
class Acted:
    """The ids of the rows that changed, the unread count after it, and what undoes it; None if there is nothing to undo."""

    ids: Sequence[UUID]
    unread_count: int
    undo: str | None = None


def sign(act: Act, user_id: UUID, key: str) -> str:
    """Return the text that undoes the act, for this person alone."""
    packed = json.dumps([str(user_id), act.verb, act.at.isoformat(), list(act.moved)], separators=(",", ":"))
    return signed.sign(packed.encode(), key, purpose=_UNDO)


def verify(undo: str, user_id: UUID, keys: Iterable[str], *, now: datetime) -> Act:
    """Return the act. Raises InvalidRequest naming `undo` for a text that is not ours and this person's, or too old."""
    packed = signed.verify(undo, keys, purpose=_UNDO)
    owner, verb, at, moved = (
        json.loads(packed) if packed else ("", "read", datetime.min.replace(tzinfo=UTC).isoformat(), [])
    )
    if owner != str(user_id):
        raise InvalidRequest("undo", "is not one of ours")
    act = Act(verb, datetime.fromisoformat(at), moved)
    if now - act.at > UNDO_FOR:
        raise InvalidRequest("undo", "is too old")
    return act
