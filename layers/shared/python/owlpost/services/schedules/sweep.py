"""Brings back what no message stands for any more: a crash between commit and queue, a lost message, a worker that died."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from owlpost.db.schedules import stuck_work
from owlpost.db.schedules.stuck_work import StuckDelivery
from owlpost.db.session import Database
from owlpost.domain import correlation
from owlpost.domain.clock import Clock
from owlpost.domain.queue_names import REQUESTS
from owlpost.domain.requests import Continuation
from owlpost.observability import NAMED, count, logger
from owlpost.queue import Queues
from owlpost.queue_messages import Message
from owlpost.services.enqueue.chunks import chunk_message
from owlpost.services.wakeup import Wakeup

#: Longer than any message waits in good order. A repeat would do no harm, as rows are claimed, but cost a receive.
GRACE = timedelta(minutes=15)
#: Rows taken in one transaction, and transactions in one run; the next run goes on.
LIMIT = 1_000
ROUNDS = 100


@dataclass(frozen=True, slots=True)
class Swept:
    """What one run queued again: deliveries by channel, and chunks of large teams."""

    deliveries: dict[str, int]
    chunks: int


@dataclass(frozen=True, slots=True)
class Sweep:
    database: Database
    queues: Queues
    wakeup: Wakeup
    now: Clock

    def run_if_woken(self) -> Swept:
        """What the schedule does: `run` where a wakeup has come due or none can be looked for, else leave the database alone.

        Wakeups are dropped last: a crash on the way brings them back, and with them another run.
        """
        taken = self.wakeup.take()
        if taken == []:
            logger().info("nothing to sweep")
            count("SweepRan")
            return Swept({}, 0)
        swept, followed = self._sweep(GRACE)
        if taken and followed:
            self.wakeup.drop(taken)
        return swept

    def run(self, *, grace: timedelta = GRACE) -> Swept:
        """Queue again what has been pending, and due, for longer than `grace`; what is in flight is left alone."""
        swept, _ = self._sweep(grace)
        return swept

    def _sweep(self, grace: timedelta) -> tuple[Swept, bool]:
        """What was queued again, and whether nothing is left to do or a wakeup stands for it."""
        swept = self._queue_again(grace)
        followed = not self._is_work_left() or self.wakeup.again()
        count("SweepRan")
        return swept, followed

    def _is_work_left(self) -> bool:
        with self.database.transaction() as connection:
            return stuck_work.is_work_left(connection)

    def _queue_again(self, grace: timedelta) -> Swept:
        swept: defaultdict[str, int] = defaultdict(int)
        for _ in range(ROUNDS):
            found = self._take_deliveries(grace)
            for channel, number in self._queue(found).items():
                swept[channel] += number
            if len(found) < LIMIT:
                break
        chunks = self._sweep_chunks(grace)
        logger().info("swept", extra={"deliveries": dict(swept), "chunks": chunks})
        return Swept(dict(swept), chunks)

    def _take_deliveries(self, grace: timedelta) -> list[StuckDelivery]:
        now = self.now()
        with self.database.transaction() as connection:
            return stuck_work.take_stuck_deliveries(connection, before=now - grace, now=now, limit=LIMIT)

    def _queue(self, found: Sequence[StuckDelivery]) -> dict[str, int]:
        by_channel: defaultdict[str, list[Message]] = defaultdict(list)
        for delivery in found:
            by_channel[delivery.channel].append(Message(str(delivery.id), group=str(delivery.group)))
        numbers = {channel: len(messages) for channel, messages in by_channel.items()}
        if found:
            _report(found, numbers)
        for channel, messages in by_channel.items():
            self.queues.send(channel, messages)
            count("Swept", len(messages), channel=channel)
        return numbers

    def _sweep_chunks(self, grace: timedelta) -> int:
        now = self.now()
        with self.database.transaction() as connection:
            chunks = stuck_work.take_stuck_chunks(connection, before=now - grace, now=now, limit=LIMIT)
        messages = [
            chunk_message(
                Continuation(continue_request=chunk.request_id, chunk=chunk.number), chunk.group, chunk.correlation_id
            )
            for chunk in chunks
        ]
        self.queues.send(REQUESTS, messages)
        return len(messages)


def _report(found: Sequence[StuckDelivery], numbers: Mapping[str, int]) -> None:
    """One line a round, whatever was stuck: after a long outage that is everything."""
    logger().warning(
        "deliveries were stuck",
        extra={
            "deliveries": numbers,
            "first": [{"delivery_id": str(each.id), correlation.FIELD: each.correlation_id} for each in found[:NAMED]],
        },
    )
