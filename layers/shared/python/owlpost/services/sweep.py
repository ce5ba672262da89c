"""Brings back what no message stands for any more: a crash between commit and queue, a lost message, a worker that died."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from owlpost.db import stuck
from owlpost.db.session import Database
from owlpost.db.stuck import StuckDelivery
from owlpost.domain.clock import Clock
from owlpost.domain.requests import Continuation
from owlpost.observability import count, logger
from owlpost.queue import Message, Queues

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
    now: Clock

    def run(self, *, grace: timedelta = GRACE) -> Swept:
        """Queue again what has been pending, and due, for longer than `grace`; what is in flight is left alone."""
        swept: defaultdict[str, int] = defaultdict(int)
        for _ in range(ROUNDS):
            found = self._take_deliveries(grace)
            for channel, number in self._queue(found).items():
                swept[channel] += number
            if len(found) < LIMIT:
                break
        chunks = self._sweep_chunks(grace)
        logger().info("swept", extra={"deliveries": dict(swept), "chunks": chunks})
        count("SweepRan")
        return Swept(dict(swept), chunks)

    def _take_deliveries(self, grace: timedelta) -> list[StuckDelivery]:
        now = self.now()
        with self.database.transaction() as connection:
            return stuck.take_stuck_deliveries(connection, before=now - grace, now=now, limit=LIMIT)

    def _queue(self, found: Sequence[StuckDelivery]) -> dict[str, int]:
        by_channel: defaultdict[str, list[Message]] = defaultdict(list)
        for delivery in found:
            logger().warning(
                "delivery was stuck",
                extra={
                    "delivery_id": str(delivery.id),
                    "channel": delivery.channel,
                    "attempts": delivery.attempts,
                    "created_at": delivery.created_at.isoformat(),
                },
            )
            by_channel[delivery.channel].append(Message(str(delivery.id), group=str(delivery.group)))
        for channel, messages in by_channel.items():
            self.queues.send(channel, messages)
            count("Swept", len(messages), channel=channel)
        return {channel: len(messages) for channel, messages in by_channel.items()}

    def _sweep_chunks(self, grace: timedelta) -> int:
        now = self.now()
        with self.database.transaction() as connection:
            chunks = stuck.take_stuck_chunks(connection, before=now - grace, now=now, limit=LIMIT)
        messages = [
            Message(
                Continuation(continue_request=chunk.request_id, chunk=chunk.number).model_dump_json(),
                group=str(chunk.group),
            )
            for chunk in chunks
        ]
        self.queues.send("requests", messages)
        return len(messages)
