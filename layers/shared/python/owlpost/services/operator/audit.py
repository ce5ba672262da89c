"""Check the balance: what was accepted is stored exactly once, and every delivery has ended or is on its way."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from pydantic import BaseModel, ConfigDict

from owlpost.db.operator import audit
from owlpost.db.operator.audit import PendingGroup
from owlpost.db.session import Database
from owlpost.domain.clock import Clock
from owlpost.domain.commands import CheckBalance
from owlpost.domain.value import dataclass
from owlpost.observability import NAMED, count, logger

#: The window if the command names none.
WINDOW = timedelta(days=1)
#: The window of a daily run: the day, and the part of the day before that the last run may have checked too early.
DAILY_WINDOW = timedelta(hours=26)
#: Longer than the longest wait between two attempts, and longer than the sweep's grace.
OVERDUE_AFTER = timedelta(hours=1)
#: At most this many ids of each kind; counts cover everything.
LISTED = 100


class Balance(BaseModel):
    """Sums over the requests accepted since `since`. `overdue` counts deliveries of any age."""

    model_config = ConfigDict(defer_build=True)

    since: datetime
    requests: int
    accepted_notifications: int
    stored_notifications: int
    accepted_deliveries: int
    stored_deliveries: int
    by_status: dict[str, int]
    duplicates: int
    off_balance: int
    requests_off_balance: list[dict[str, Any]]
    overdue: int
    overdue_deliveries: list[str]
    #: What has not ended, of any age, by why: see `db.operator.audit.pending`.
    pending: dict[str, PendingGroup]
    balances: bool


@dataclass(frozen=True, slots=True)
class Audit:
    """`receipts_kept` is how long cleanup keeps receipts: nothing older can be balanced."""

    database: Database
    receipts_kept: timedelta
    now: Clock

    def check_daily(self) -> Balance:
        """Check a day, with enough overlap that deliveries that were not overdue at the last run are checked again.

        Only this writes the metric: an operator who checks one hour must not end the alarm for a day.
        """
        balance = self.check(CheckBalance(command="audit", since=self.now() - DAILY_WINDOW))
        count("AuditOffBalance", balance.off_balance + balance.overdue)
        return balance

    def check(self, query: CheckBalance) -> Balance:
        """Return the balance of the window, and log it."""
        now = self.now()
        # A day inside the retention, so that cleanup has not deleted part of the window.
        since = max(query.since or now - WINDOW, now - self.receipts_kept + timedelta(days=1))
        overdue_before = now - OVERDUE_AFTER
        with self.database.transaction() as connection:
            sums = audit.balance(connection, since=since, overdue_before=overdue_before, listed=LISTED)
            pending = audit.pending(connection, now=now)
            late = audit.overdue(connection, overdue_before=overdue_before, now=now, listed=LISTED)
        balances = not sums["off_balance"] and not late["overdue"]
        log = logger().info if balances else logger().error
        log("audited", extra={"balances": balances, **_named(sums, late)})
        return Balance(since=since, balances=balances, pending=pending, **sums, **late)


def _named(sums: Mapping[str, Any], late: Mapping[str, Any]) -> dict[str, object]:
    return {
        "off_balance": sums["off_balance"],
        "requests_off_balance": [each["request_id"] for each in sums["requests_off_balance"][:NAMED]],
        "overdue": late["overdue"],
        "overdue_deliveries": late["overdue_deliveries"][:NAMED],
    }
