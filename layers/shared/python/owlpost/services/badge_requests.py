"""Asking the push worker to show the unread count on a person's icons, after a change that no push tells of.

Best effort: nothing waits for it, fails because of it, or records it. The next push brings the count in any case.
"""

from collections.abc import Callable, Sequence
from datetime import timedelta
from uuid import UUID

from pydantic import BaseModel, ConfigDict, ValidationError

from owlpost.db.delivery import badges
from owlpost.db.session import Database
from owlpost.domain.value import dataclass
from owlpost.observability import logger
from owlpost.queue import Queues
from owlpost.queue_messages import Message

QUEUE = "mobile_push"
#: The worker counts this long after the change. Somebody who reads one after another has read some more by then.
DELAY = timedelta(seconds=5)
#: Changes this soon after a request are seen by its update. Shorter than the delay, so that they are committed.
COALESCED = timedelta(seconds=3)


class BadgeUpdate(BaseModel):
    """A message of the push queue that is no delivery: this person's icons are to say what is unread."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    badge_of: UUID

    @classmethod
    def user_in(cls, body: str) -> UUID | None:
        """Whose icons a message is about; None for all other messages."""
        try:
            return cls.model_validate_json(body).badge_of if body.startswith("{") else None
        except ValidationError:
            return None


@dataclass(frozen=True, slots=True)
class BadgeRequests:
    """`queues` is asked for at the first change, as few readers have an icon. Without `updates` nobody's icon is asked for."""

    database: Database
    queues: Callable[[], Queues]
    updates: bool

    def changed(self, user_id: UUID) -> None:
        """Have the person's icons brought up to date, at most once every few seconds. Call after the commit."""
        if not self.updates:
            return
        try:
            with self.database.transaction() as connection:
                if not badges.take_turn(connection, user_id, coalesced=COALESCED):
                    return
            self._send([user_id])
        except Exception as error:  # noqa: BLE001 (what was read is read, whatever becomes of the icon)
            _not_queued(error)

    def queue(self, user_ids: Sequence[UUID]) -> None:
        """Have the icons of these people brought up to date; their requests are recorded already. Call after the commit."""
        if not self.updates:
            return
        try:
            self._send(user_ids)
        except Exception as error:  # noqa: BLE001 (the change is committed, whatever becomes of the icon)
            _not_queued(error)

    def _send(self, user_ids: Sequence[UUID]) -> None:
        bodies = [BadgeUpdate(badge_of=user_id).model_dump_json() for user_id in user_ids]
        if bodies:
            self.queues().send(QUEUE, [Message(body, delay_seconds=DELAY.total_seconds()) for body in bodies])


def _not_queued(error: Exception) -> None:
    logger().warning("badge update was not queued", extra={"error": str(error)})
