"""Once a day: sweep without waiting for a wakeup, delete rows that are past their retention, and enter texts for search.

It does both in bounded batches that never hold a lock for long.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from sqlalchemy import Connection, TextClause

from owlpost.db import canary
from owlpost.db.schedules import retention
from owlpost.db.session import Database
from owlpost.domain.clock import Clock
from owlpost.domain.mass_death import RETIRED_KEPT
from owlpost.domain.value import dataclass
from owlpost.observability import logger
from owlpost.services.schedules.departed import Departed
from owlpost.services.schedules.sweep import Sweep
from owlpost.services.schedules.texts import Texts
from owlpost.settings_sections import RetentionSettings

BATCH = 5_000
#: Batches of one kind in a run; the remaining rows wait for tomorrow's run.
ROUNDS = 200
#: Verification codes are valid for minutes; tries are counted against them for a day.
CODES_KEPT = timedelta(days=1)
#: What an operator sees of the last day.
CANARIES_KEPT = timedelta(days=1)
#: As long as somebody asks why no code or invitation came.
DIRECT_MAILS_KEPT = timedelta(days=30)
INVITATIONS_KEPT = timedelta(days=30)
#: The guard against mass death looks back over ten minutes.
TALLIES_KEPT = timedelta(hours=1)
#: Providers repeat an event for hours, at most for a few days.
WEBHOOK_EVENTS_KEPT = timedelta(days=30)
SECURITY_EVENTS_KEPT = timedelta(days=180)
#: As long as anybody asks why they were told.
PREFERENCE_CHANGES_KEPT = timedelta(days=400)
#: As long as the receipts of what they stopped may be looked at.
HOLDS_KEPT = timedelta(days=90)
#: A token is valid for at most 90 days after its session has started.
SESSIONS_KEPT = timedelta(days=91)
#: The life of the cookie that a browser is known by.
BROWSERS_KEPT = timedelta(days=400)
#: A browser that is told of news is told no more once nobody has opened a page there for so long.
UNSEEN_BROWSERS_KEPT = timedelta(days=90)


#: Deletes one batch: `(connection, before, now)` → the number of rows, and what to do after the commit.
Batch = Callable[[Connection, datetime, datetime], tuple[int, Callable[[], None]]]


@dataclass(frozen=True, slots=True)
class Cleanup:
    """`unread_changed` hears of the people whose unread count fell, after the commit."""

    database: Database
    retention: RetentionSettings
    now: Clock
    sweep: Sweep
    unread_changed: Callable[[Sequence[UUID]], None]
    departed: Departed
    texts: Texts

    def run(self) -> dict[str, int]:
        """Sweep, delete what is past its retention, and enter texts. Return how many rows of each kind were deleted.

        The sweep is the last net: it finds rows that no wakeup stood for because SQS was away when one was to be armed.
        """
        self.sweep.run()
        deleted = {kind: self._in_batches(batch, before) for kind, batch, before in self._plan(self.now())}
        self._retire_canary()
        deleted["departed_people"] = self.departed.erase()
        logger().info("cleaned up", extra={"deleted": deleted, "texts_entered": self.texts.enter()})
        return deleted

    def _retire_canary(self) -> None:
        """Remove the canary's account where no canary is left, unless a table of the host refers to it: then it stays."""
        with self.database.transaction() as connection:
            if not canary.retire_person(connection):
                logger().warning("the canary's account stays, as rows of the host refer to it")

    def _plan(self, now: datetime) -> Iterator[tuple[str, Batch, datetime]]:
        yield "unread_notifications", self._delete_unread, now - timedelta(days=self.retention.unread_days)
        for kind, statement, before in self._plain(now):
            yield kind, partial(_delete, statement), before

    def _plain(self, now: datetime) -> Iterator[tuple[str, TextClause, datetime]]:
        keep = self.retention
        yield "read_notifications", retention.SOFT_DELETE_READ_NOTIFICATIONS, now - timedelta(days=keep.read_days)
        yield "deleted_notifications", retention.DELETE_NOTIFICATIONS, now - timedelta(days=keep.deleted_days)
        yield "receipts", retention.DELETE_RECEIPTS, now - timedelta(days=keep.receipt_days)
        yield "canary_receipts", retention.DELETE_CANARY_RECEIPTS, now - CANARIES_KEPT
        yield "canaries", retention.DELETE_CANARIES, now - CANARIES_KEPT
        yield "verification_codes", retention.DELETE_VERIFICATION_CODES, now - CODES_KEPT
        yield "direct_mails", retention.DELETE_DIRECT_MAILS, now - DIRECT_MAILS_KEPT
        yield "invitations", retention.DELETE_INVITATIONS, now - INVITATIONS_KEPT
        yield "retired_devices", retention.DELETE_RETIRED_DEVICES, now - RETIRED_KEPT
        yield "push_tallies", retention.DELETE_PUSH_TALLIES, now - TALLIES_KEPT
        yield "withdrawn_invitations", retention.WITHDRAW_INVITATIONS, now
        yield "webhook_events", retention.DELETE_WEBHOOK_EVENTS, now - WEBHOOK_EVENTS_KEPT
        yield "security_events", retention.DELETE_SECURITY_EVENTS, now - SECURITY_EVENTS_KEPT
        yield "preference_changes", retention.DELETE_PREFERENCE_CHANGES, now - PREFERENCE_CHANGES_KEPT
        yield "ended_holds", retention.DELETE_ENDED_HOLDS, now - HOLDS_KEPT
        yield "lines", retention.DELETE_LINES, now
        yield "sessions", retention.DELETE_SESSIONS, now - SESSIONS_KEPT
        yield "unseen_browsers", retention.DELETE_UNSEEN_BROWSERS, now - UNSEEN_BROWSERS_KEPT
        yield "known_browsers", retention.DELETE_KNOWN_BROWSERS, now - BROWSERS_KEPT

    def _in_batches(self, batch: Batch, before: datetime) -> int:
        total = 0
        for _ in range(ROUNDS):
            with self.database.transaction() as connection:
                rows, then = batch(connection, before, self.now())
            then()
            total += rows
            if rows < BATCH:
                break
        return total

    def _delete_unread(self, connection: Connection, before: datetime, now: datetime) -> tuple[int, Callable[[], None]]:
        rows, user_ids = retention.soft_delete_unread(connection, before=before, now=now, limit=BATCH)
        return rows, partial(self.unread_changed, user_ids)


def _delete(
    statement: TextClause, connection: Connection, before: datetime, now: datetime
) -> tuple[int, Callable[[], None]]:
    rows = connection.execute(statement, {"before": before, "now": now, "limit": BATCH}).rowcount
    return rows, _nothing


def _nothing() -> None:
    """Nobody needs to hear of these rows."""
