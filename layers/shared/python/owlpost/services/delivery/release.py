"""Queue again what waited for a provider, as soon as it takes our calls again."""

from datetime import datetime
from math import ceil

from owlpost.db.delivery import releases
from owlpost.db.session import Database
from owlpost.domain.clock import Clock
from owlpost.domain.value import dataclass
from owlpost.observability import count, logger
from owlpost.queue import Queues
from owlpost.queue_messages import Message

#: Deliveries a second, of one channel and over all workers. Resend takes 200 mails a second at its smallest limit of two calls,
#: and a push worker pushes several hundred: room is left for what is new.
PER_SECOND = 100.0
#: Deliveries released in one transaction.
LIMIT = 1_000


@dataclass(frozen=True, slots=True)
class Release:
    """`now` is the worker's clock, for its own deadline. A crash loses nothing: the sweep queues what is due."""

    database: Database
    queues: Queues
    channel: str
    now: Clock
    limit: int = LIMIT

    def go_on(self, *, until: datetime) -> None:
        """Release part after part until nothing is left, or until this time. Other workers then go on with it."""
        while self._release_part() >= self.limit and self.now() < until:
            continue

    def _release_part(self) -> int:
        with self.database.transaction() as connection:
            released = releases.release(connection, self.channel, limit=self.limit, per_second=PER_SECOND)
        if released:
            # Not before the delivery is due: it would have to wait once more.
            self.queues.send(
                self.channel,
                [
                    Message(str(each.id), group=str(each.queue_group), delay_seconds=ceil(each.delay))
                    for each in released
                ],
            )
            logger().info("released", extra={"channel": self.channel, "deliveries": len(released)})
            count("Released", len(released), channel=self.channel)
        return len(released)
