"""The number on the icon, right after something is read elsewhere: the push worker's part. `badge_requests` asks for it.

Best effort: nothing waits for it, fails because of it, or records it. The next push brings the count in any case.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from owlpost.channels.adapter import BadgeAdapter
from owlpost.db.delivery import badges
from owlpost.db.session import Database
from owlpost.domain.clock import Clock
from owlpost.domain.guest_list import GuestList
from owlpost.domain.value import dataclass
from owlpost.observability import count, logger
from owlpost.queue_messages import Received
from owlpost.services.badge_requests import QUEUE, BadgeUpdate

#: The longest time that a worker spends on badges. Its next deliveries wait for it.
PATIENCE = timedelta(seconds=5)


class Worker(Protocol):
    def handle(self, messages: Sequence[Received], *, deadline: datetime) -> list[str]:
        """Return the ids of the messages that must reappear."""
        ...


@dataclass(frozen=True, slots=True)
class BadgesBeside:
    """A queue's worker that also handles the badge updates among its messages. These never reappear, even if they fail."""

    worker: Worker
    database: Database
    adapter: BadgeAdapter
    now: Clock
    guests: GuestList | None = None

    def handle(self, messages: Sequence[Received], *, deadline: datetime) -> list[str]:
        users = {message.id: user_id for message in messages if (user_id := BadgeUpdate.user_in(message.body))}
        failed = self.worker.handle([each for each in messages if each.id not in users], deadline=deadline)
        if users:
            self._show(sorted(set(users.values())), min(deadline, self.now() + PATIENCE))
        return failed

    def _show(self, user_ids: Sequence[UUID], deadline: datetime) -> None:
        try:
            with self.database.transaction() as connection:
                loaded = badges.load(connection, user_ids, guests=self.guests)
            if loaded:
                count("BadgesShown", self.adapter.show_unread(loaded, deadline=deadline), channel=QUEUE)
        except Exception:  # noqa: BLE001 (deliveries of the same batch are settled, and must not come back for this)
            logger().exception("badges were not shown")
