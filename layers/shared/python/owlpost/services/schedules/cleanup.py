"""Once a day: sweeps whether or not anything asks for it, and deletes what has served its time.

Deletes in bounded batches that never hold a long lock.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import TextClause

from owlpost.db.schedules import retention
from owlpost.db.session import Database
from owlpost.domain.clock import Clock
from owlpost.observability import logger
from owlpost.services.schedules.sweep import Sweep
from owlpost.settings import RetentionSettings

BATCH = 5_000
#: Batches of one kind in a run; what is left then waits for tomorrow's.
ROUNDS = 200
#: Verification codes serve minutes, and a day more to count tries against.
CODES_KEPT = timedelta(days=1)
INVITATIONS_KEPT = timedelta(days=30)
#: Providers repeat an event for hours, at most for a few days.
WEBHOOK_EVENTS_KEPT = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Cleanup:
    database: Database
    retention: RetentionSettings
    now: Clock
    sweep: Sweep

    def run(self) -> dict[str, int]:
        """Sweep, and delete what is past its retention; answer how many rows of each kind.

        The sweep is the last net: it brings back what no wakeup stood for, as SQS was away when it was to be armed.
        """
        self.sweep.run()
        deleted = {kind: self._sweep_out(statement, before) for kind, statement, before in self._plan(self.now())}
        logger().info("cleaned up", extra={"deleted": deleted})
        return deleted

    def _plan(self, now: datetime) -> Iterator[tuple[str, TextClause, datetime]]:
        keep = self.retention
        yield "read_notifications", retention.SOFT_DELETE_READ_NOTIFICATIONS, now - timedelta(days=keep.read_days)
        yield "unread_notifications", retention.SOFT_DELETE_UNREAD_NOTIFICATIONS, now - timedelta(days=keep.unread_days)
        yield "deleted_notifications", retention.DELETE_NOTIFICATIONS, now - timedelta(days=keep.deleted_days)
        yield "receipts", retention.DELETE_RECEIPTS, now - timedelta(days=keep.receipt_days)
        yield "verification_codes", retention.DELETE_VERIFICATION_CODES, now - CODES_KEPT
        yield "invitations", retention.DELETE_INVITATIONS, now - INVITATIONS_KEPT
        yield "webhook_events", retention.DELETE_WEBHOOK_EVENTS, now - WEBHOOK_EVENTS_KEPT

    def _sweep_out(self, statement: TextClause, before: datetime) -> int:
        total = 0
        for _ in range(ROUNDS):
            with self.database.transaction() as connection:
                rows = connection.execute(statement, {"before": before, "now": self.now(), "limit": BATCH}).rowcount
            total += rows
            if rows < BATCH:
                break
        return total
