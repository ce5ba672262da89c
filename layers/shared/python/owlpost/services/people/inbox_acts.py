"""What a person does to several notifications at once, each act of which can be undone."""

from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

from owlpost.db.people import inbox_acts
from owlpost.db.session import Database
from owlpost.domain import acts
from owlpost.domain.acts import LONGEST_SNOOZE, MOST_ROWS, Acted, Verb
from owlpost.domain.errors import InvalidRequest
from owlpost.domain.value import dataclass


@dataclass(frozen=True, slots=True)
class InboxActs:
    """`keys` sign what undoes an act, the newest first; `now` is the database's clock, and `changed` is as in `Inbox`."""

    database: Database
    keys: Sequence[str]
    now: Callable[[], datetime]
    changed: Callable[[UUID], None]

    def act(
        self,
        user_id: UUID,
        verb: Verb,
        ids: Sequence[UUID],
        *,
        until: datetime | None = None,
        seconds: int | None = None,
    ) -> Acted:
        """Do this to those of the notifications that it can change; others, and other people's, are left out of the answer.

        `until` or `seconds` says how long a snooze lasts. Raises InvalidRequest for too many ids, or an end that is not ahead.
        """
        if not 0 < len(ids) <= MOST_ROWS:
            raise InvalidRequest("ids", f"must be 1 to {MOST_ROWS} ids")
        if (verb == "snooze") != ((until is not None) or (seconds is not None)):
            raise InvalidRequest("until", "is for a snooze, which needs it or seconds")
        with self.database.transaction() as connection:
            ends = None
            if verb == "snooze":
                ends = inbox_acts.snoozed_until(
                    connection, until=until, seconds=seconds or 0, longest=LONGEST_SNOOZE.total_seconds()
                )
                if ends is None:
                    raise InvalidRequest("until", f"must be ahead, by {LONGEST_SNOOZE.days} days at most")
            changed, act = inbox_acts.act(connection, user_id, verb, ids, until=ends)
            unread = inbox_acts.unread_count(connection, user_id)
        if changed:
            self.changed(user_id)
        return Acted(changed, unread, acts.sign(act, user_id, self.keys[0]) if act else None)

    def undo(self, user_id: UUID, undo: str) -> Acted:
        """Bring back exactly what an act changed, as it was. What was changed again since stays. Raises InvalidRequest."""
        act = acts.verify(undo, user_id, self.keys, now=self.now())
        with self.database.transaction() as connection:
            restored = inbox_acts.undo(connection, user_id, act)
            unread = inbox_acts.unread_count(connection, user_id)
        if restored:
            self.changed(user_id)
        return Acted(restored, unread)
