"""The inbox of one person: its pages, the unread count, and changes to notifications."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar
from uuid import UUID

from owlpost.db.people import inbox, inbox_page, inbox_search
from owlpost.db.session import Database
from owlpost.domain import acts, cursors
from owlpost.domain.acts import Act
from owlpost.domain.cursors import Place
from owlpost.domain.errors import InvalidRequest, NotFound
from owlpost.domain.inbox import Chosen, Entry, Listed, Marked, Opened
from owlpost.domain.types import NOTIFICATION_TYPE_META
from owlpost.domain.value import dataclass

Found = TypeVar("Found")

SMALLEST_PAGE, USUAL_PAGE, LARGEST_PAGE = 1, 50, 200
NO_SUCH_NOTIFICATION = "There is no such notification."


@dataclass(frozen=True, slots=True)
class Page:
    """`entries` are a JSON list. `cursor` leads to the next page; None on the last one. `seen` stands for what this page
    showed. `chosen_unread` counts the unread ones that the list is narrowed to, of any read state.

    `excerpts` are the ids of the entries whose body is only the beginning.
    """

    entries: str
    cursor: str | None
    unread_count: int
    chosen_unread: int
    seen: str
    excerpts: Sequence[str]


@dataclass(frozen=True, slots=True)
class Inbox:
    """`keys` sign cursors, the newest first; `changed` is called with each person whose unread count may have changed."""

    database: Database
    keys: Sequence[str]
    changed: Callable[[UUID], None]

    def page(
        self,
        user_id: UUID,
        chosen: Chosen,
        *,
        cursor: str | None = None,
        limit: int = USUAL_PAGE,
    ) -> Page:
        """Return up to `limit` entries, newest first; fewer if they would take more than `inbox_page.PAGE_BYTES`.

        A page of a search may have fewer, or none, and go on. The limit is clamped, and an unknown type is ignored. Raises
        InvalidRequest for a cursor that is not ours.
        """
        size = min(max(limit, SMALLEST_PAGE), LARGEST_PAGE)
        after = cursors.verify(cursor, self.keys) if cursor else None
        if chosen.type not in NOTIFICATION_TYPE_META:
            chosen = replace(chosen, type=None)
        listed = self._listed(user_id, chosen, after, size)
        return Page(
            entries=listed.shortened,
            cursor=cursors.sign(listed.next, self.keys[0]) if listed.next else None,
            unread_count=listed.unread_count,
            chosen_unread=listed.chosen_unread,
            seen=cursors.sign_seen(listed.snapshot, self.keys[0]),
            excerpts=listed.long,
        )

    def unread_count(self, user_id: UUID) -> int:
        with self.database.reading() as connection:
            return inbox.unread_count(connection, user_id)

    def open(self, user_id: UUID, id_: UUID) -> Opened:
        with self.database.reading() as connection:
            opened = inbox.find(connection, user_id, id_)
        return _found(opened)

    def set_read(self, user_id: UUID, id_: UUID, *, read: bool) -> tuple[Entry, int]:
        """Mark as read or unread. Return the entry and the new unread count."""
        with self.database.single() as connection:
            changed = _found(inbox.set_read(connection, user_id, id_, read=read))
        self.changed(user_id)
        return changed

    def mark_all_read(
        self, user_id: UUID, chosen: Chosen, *, up_to: UUID | None = None, seen: str | None = None
    ) -> tuple[Marked, str | None]:
        """Mark the unread rows: those that are chosen, up to one notification, and that a page showed, where those are given.

        Return what undoes it, too; None if nothing was marked. Raises InvalidRequest for an unknown type or a `seen` that is
        not ours, NotFound for a notification of somebody else.
        """
        if chosen.type is not None and chosen.type not in NOTIFICATION_TYPE_META:
            raise InvalidRequest("type", "is not a known notification type")
        snapshot = None if seen is None else cursors.verify_seen(seen, self.keys)
        with self.database.single() as connection:
            marked = inbox.mark_all(connection, user_id, chosen=chosen, up_to=up_to, seen=snapshot)
        if up_to is not None and not marked.pivot_found:
            raise NotFound(NO_SUCH_NOTIFICATION)
        if not marked.marked:
            return marked, None
        self.changed(user_id)
        return marked, acts.sign(Act("read", marked.at), user_id, self.keys[0])

    def delete(self, user_id: UUID, id_: UUID) -> int:
        """Delete softly. Return the new unread count."""
        with self.database.single() as connection:
            unread = _found(inbox.delete(connection, user_id, id_))
        self.changed(user_id)
        return unread

    def _listed(self, user_id: UUID, chosen: Chosen, after: Place | None, limit: int) -> Listed:
        with self.database.reading() as connection:
            if not chosen.words:
                return inbox_page.page(connection, user_id, chosen=chosen, after=after, limit=limit)
            return inbox_search.search(connection, user_id, chosen=chosen, after=after, limit=limit)


def _found(value: Found | None) -> Found:
    if value is None:
        raise NotFound(NO_SUCH_NOTIFICATION)
    return value
