"""The number on the icon, right after something is read elsewhere: asked for by the API, set by the push worker.

All of it is best effort. Nobody waits for it, nothing fails of it, no row tells of it: the next push brings the count anyway.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from pydantic import BaseModel, ConfigDict, ValidationError

from owlpost.channels.adapter import BadgeAdapter
from owlpost.db.delivery import badges
from owlpost.db.session import Database
from owlpost.domain.clock import Clock
from owlpost.observability import count, logger
from owlpost.queue import Queues
from owlpost.queue_messages import Message, Received

QUEUE = "mobile_push"
#: The count is taken this long after the change, when somebody who reads one after another has read some more.
DELAY = timedelta(seconds=5)
#: Changes this soon after one that was queued are seen by its update. Shorter than the delay, so that they are committed.
COALESCED = timedelta(seconds=3)
#: No worker's deliveries wait longer for badges.
PATIENCE = timedelta(seconds=5)


class BadgeUpdate(BaseModel):
    """A message of the push queue that is no delivery: this person's icons are to say what is unread."""

    model_config = ConfigDict(extra="forbid", frozen=True)

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
    """`queues` is asked for at the first change, as few who read have an icon."""

    database: Database
    queues: Callable[[], Queues]
    now: Clock

    def changed(self, user_id: UUID) -> None:
        """Have the person's icons brought up to date, at most once every few seconds. Call after the commit."""
        now = self.now()
        try:
            with self.database.transaction() as connection:
                if not badges.take_turn(connection, user_id, before=now - COALESCED, now=now):
                    return
            body = BadgeUpdate(badge_of=user_id).model_dump_json()
            self.queues().send(QUEUE, [Message(body, delay_seconds=DELAY.total_seconds())])
        except Exception as error:  # noqa: BLE001 (what was read is read, whatever becomes of the icon)
            logger().warning("badge update was not queued", extra={"error": str(error)})


class Worker(Protocol):
    def handle(self, messages: Sequence[Received], *, deadline: datetime) -> list[str]:
        """Answer the ids of the messages that are to come back."""
        ...


@dataclass(frozen=True, slots=True)
class BadgesBeside:
    """A queue's worker, and the badge updates among its messages: these are done, whatever becomes of them."""

    worker: Worker
    database: Database
    adapter: BadgeAdapter
    now: Clock

    def handle(self, messages: Sequence[Received], *, deadline: datetime) -> list[str]:
        users = {message.id: user_id for message in messages if (user_id := BadgeUpdate.user_in(message.body))}
        failed = self.worker.handle([each for each in messages if each.id not in users], deadline=deadline)
        if users:
            self._show(sorted(set(users.values())), min(deadline, self.now() + PATIENCE))
        return failed

    def _show(self, user_ids: Sequence[UUID], deadline: datetime) -> None:
        try:
            with self.database.transaction() as connection:
                loaded = badges.load(connection, user_ids)
            if loaded:
                count("BadgesShown", self.adapter.show_unread(loaded, deadline=deadline), channel=QUEUE)
        except Exception:  # noqa: BLE001 (deliveries of the same batch are settled, and must not come back for this)
            logger().exception("badges were not shown")
