"""What goes wrong in the demo, on purpose: a failure of each kind stays behind, to be explained and driven again.

The providers are told to refuse these four people once. Nothing else of the demo is struck, and nothing happens twice on one
data folder: the requests have idempotency keys.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import text

from infra.local.postgres.postmaster import wait_until
from owlpost.client import NotificationClient
from owlpost.db.session import Database
from owlpost.domain.requests import ByIds, EnqueueRequest

PRODUCER = "demo-accidents"
RITA, BOB, FAY, UMA = (UUID(f"01940000-0000-7000-8002-0000000000{end}") for end in ("09", "13", "1d", "02"))
#: A request that no version of a producer ever sent: it ends as a dead letter.
POISON = {"type": "feedback.new", "title": "Nobody is named here"}
#: How the deliveries of the accidents end: person, channel, status, reason.
ENDS = {
    ("rita", "email", "failed", "validation_error"),
    ("bob", "email", "sent", None),
    ("bob", "email", "skipped", "suppressed"),
    ("fay", "email", "failed", "failed_after_acceptance"),
    ("uma", "email", "sent", None),
    ("uma", "mobile_push", "skipped", "no_live_device"),
}
LIST_ENDS = text("""
    select split_part(u.email, '@', 1) as name, d.channel, d.status, d.error
    from notification_requests r
    join notifications n on n.request_id = r.id
    join notification_deliveries d on d.notification_id = n.id
    join users u on u.id = n.user_id
    where r.producer = :producer and d.channel <> 'in_app' and d.error is distinct from 'no_device'
""")
FIND_TOKEN = text("select token from user_devices where user_id = :user_id")
FIND_SUPPRESSED = text("select exists (select from email_suppressions where address = :address)")
#: For a webhook to arrive.
SECONDS = 30


@dataclass(frozen=True, slots=True)
class Accidents:
    """`mailbox` is the address of the laptop's switchboard, `poison` puts a body on the queue of requests."""

    database: Database
    client: NotificationClient
    mailbox: str
    poison: Callable[[str], object]

    def begin(self) -> bool:
        """Have the providers refuse Rita's mail and Uma's phone, and tell all four. Return False if it has happened before."""
        if self.ends():
            return False
        self._order("/faults", provider="resend", fault="reject_address", match="rita@accidents.example", times=1)
        self._order("/faults", provider="apns", fault="dead_token", match=self._token(UMA), times=1)
        self._tell("the mail that is refused", RITA, BOB, FAY, UMA)
        self.poison(json.dumps(POISON))
        return True

    def go_on(self) -> None:
        """Once these have ended: Bob's mail bounces and Fay's fails at the provider, and Bob is told something more."""
        self._order("/webhooks", event="bounced", to="bob@accidents.example")
        self._order("/webhooks", event="failed", to="fay@accidents.example")
        wait_until(lambda: self._is_suppressed() and ("fay", "email", "failed") in self._states(), seconds=SECONDS)
        self._tell("a mail to an address that bounced", BOB)

    def unexpected(self) -> int:
        """Return how many accidents did not end as they should."""
        return len(self.ends() ^ ENDS)

    def ends(self) -> set[tuple[str, str, str, str | None]]:
        """Return person, channel, status and reason of each delivery of the accidents."""
        with self.database.transaction() as connection:
            rows = connection.execute(LIST_ENDS, {"producer": PRODUCER})
            return {(row.name, row.channel, row.status, row.error) for row in rows}

    def _tell(self, what: str, *people: UUID) -> None:
        request = EnqueueRequest(
            type="feedback.new",
            recipients=ByIds(user_ids=people),
            title=f"New feedback in Pocket Atlas: {what}",
            body="An accident of the demo, to be explained and sent again.",
            idempotency_key=f"demo accident: {what}",
            producer=PRODUCER,
        )
        self.client.notify(request)

    def _order(self, path: str, **order: Any) -> None:
        httpx.post(self.mailbox + path, json=order, timeout=SECONDS).raise_for_status()

    def _token(self, user_id: UUID) -> str:
        with self.database.transaction() as connection:
            return str(connection.execute(FIND_TOKEN, {"user_id": user_id}).scalar_one())

    def _is_suppressed(self) -> bool:
        with self.database.transaction() as connection:
            found = connection.execute(FIND_SUPPRESSED, {"address": "bob@accidents.example"})
            return bool(found.scalar_one())

    def _states(self) -> set[tuple[str, str, str]]:
        return {(name, channel, status) for name, channel, status, _ in self.ends()}
