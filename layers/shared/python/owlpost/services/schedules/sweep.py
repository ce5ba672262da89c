"""Queue stuck work again: work whose message was lost, or whose worker or producer died between commit and queue."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from owlpost.db.schedules import stuck_work
from owlpost.db.schedules.stuck_work import StuckDelivery
from owlpost.db.session import Database
from owlpost.domain import correlation
from owlpost.domain.queue_names import REQUESTS
from owlpost.domain.requests import Continuation, DrainOutbox
from owlpost.domain.sweep_order import GRACE
from owlpost.domain.value import dataclass
from owlpost.observability import NAMED, count, logger
from owlpost.queue import Queues
from owlpost.queue_messages import Message
from owlpost.services.enqueue.chunks import chunk_message
from owlpost.services.schedules.let_go import RATE, LetGo
from owlpost.services.wakeup import AHEAD, Wakeup, Woken

#: Rows taken in one transaction, and transactions in one run; the next run goes on.
LIMIT = 1_000
ROUNDS = 100


@dataclass(frozen=True, slots=True)
class Swept:
    """Work that one run queued again: deliveries by channel, and chunks of large teams."""

    deliveries: dict[str, int]
    chunks: int


@dataclass(frozen=True, slots=True)
class Sweep:
    database: Database
    queues: Queues
    wakeup: Wakeup
    let_go: LetGo
    #: A host writes into the outbox and may not nudge: each run looks, which keeps the database awake.
    always: bool = False
    #: Mails the owners of destinations that have died.
    tell_owners: Callable[[], object] = lambda: None

    def run_if_woken(self) -> Swept:
        """Sweep if a wakeup is due or the queue cannot be read; else leave the database asleep, unless `always` says no.

        Wakeups are deleted last: after a crash they come back, and with them another run.
        """
        taken = self.wakeup.take()
        if taken == [] and not self.always:
            logger().info("nothing to sweep")
            count("SweepRan")
            return Swept({}, 0)
        if taken and not self.always and (at := _time_of_all(taken)) and at > self.wakeup.now():
            return self._send_on(taken, at)
        swept, followed = self._sweep(GRACE)
        if taken and followed:
            self.wakeup.drop(taken)
        return swept

    def _send_on(self, taken: Sequence[Woken], at: datetime) -> Swept:
        """Nothing is to be done before `at`: one wakeup for then takes the place of these, and the database sleeps on."""
        logger().info("nothing to sweep before", extra={"at": at.isoformat()})
        if self.wakeup.later(at + AHEAD):
            self.wakeup.drop(taken)
        count("SweepRan")
        return Swept({}, 0)

    def run(self, *, grace: timedelta = GRACE) -> Swept:
        """Queue work again that has been pending and due for longer than `grace`, each row once.

        Work that a worker holds is left alone.
        """
        swept, _ = self._sweep(grace)
        return swept

    def _sweep(self, grace: timedelta) -> tuple[Swept, bool]:
        """Return what was queued again, and whether no work is left or a wakeup stands for it."""
        self._measure_oldest_due()
        self._nudge()
        self.let_go.run(rate=RATE)
        self._queue_due_soon()
        swept = self._queue_again(grace)
        self.tell_owners()
        count("SweepRan")
        return swept, self._follow()

    def _follow(self) -> bool:
        """Arm a wakeup for the work that is left, for the time at which it needs one. False if SQS did not take it."""
        with self.database.transaction() as connection:
            left = stuck_work.work_left(connection)
            stuck_work.note_sweep(connection)
        if left.is_left:
            return self.wakeup.again()
        return left.due is None or self.wakeup.later(left.due)

    def _queue_due_soon(self) -> None:
        for _ in range(ROUNDS):
            with self.database.transaction() as connection:
                found = stuck_work.take_due_soon(connection, limit=LIMIT)
            for channel, messages in _by_channel(found).items():
                self.queues.send(channel, messages)
                count("CameDue", len(messages), channel=channel)
            if len(found) < LIMIT:
                return

    def _measure_oldest_due(self) -> None:
        """SQS leaves a message that was received three times out of its age metric, so what is late is told from the rows."""
        with self.database.transaction() as connection:
            ages = stuck_work.oldest_due(connection)
        for channel, seconds in ages.items():
            count("OldestDue", seconds, channel=channel)

    def _nudge(self) -> None:
        """Have the outbox drained if a row waits: the nudge of who wrote it may be lost. A nudge too many does nothing."""
        with self.database.transaction() as connection:
            is_due = stuck_work.is_outbox_due(connection)
        if is_due:
            self.queues.send(REQUESTS, [Message(DrainOutbox().model_dump_json())])

    def _queue_again(self, grace: timedelta) -> Swept:
        swept: defaultdict[str, int] = defaultdict(int)
        # One moment for the whole run: a row that it has queued counts as queued later, so that it is not taken again.
        with self.database.transaction() as connection:
            before = stuck_work.database_now(connection) - grace
        for _ in range(ROUNDS):
            found = self._take_deliveries(before)
            for channel, number in self._queue(found).items():
                swept[channel] += number
            if len(found) < LIMIT:
                break
        chunks = self._sweep_chunks(before)
        logger().info("swept", extra={"deliveries": dict(swept), "chunks": chunks})
        return Swept(dict(swept), chunks)

    def _take_deliveries(self, before: datetime) -> list[StuckDelivery]:
        with self.database.transaction() as connection:
            return stuck_work.take_stuck_deliveries(connection, before=before, limit=LIMIT)

    def _queue(self, found: Sequence[StuckDelivery]) -> dict[str, int]:
        by_channel = _by_channel(found)
        numbers = {channel: len(messages) for channel, messages in by_channel.items()}
        if found:
            _report(found, numbers)
        for channel, messages in by_channel.items():
            self.queues.send(channel, messages)
            count("Swept", len(messages), channel=channel)
        return numbers

    def _sweep_chunks(self, before: datetime) -> int:
        with self.database.transaction() as connection:
            chunks = stuck_work.take_stuck_chunks(connection, before=before, limit=LIMIT)
        messages = [
            chunk_message(
                Continuation(continue_request=chunk.request_id, chunk=chunk.number), chunk.group, chunk.correlation_id
            )
            for chunk in chunks
        ]
        self.queues.send(REQUESTS, messages)
        return len(messages)


def _time_of_all(taken: Sequence[Woken]) -> datetime | None:
    """Return the first time that these wakeups name; None if one of them is to be done now."""
    times = [each.not_before for each in taken if each.not_before is not None]
    return min(times) if len(times) == len(taken) else None


def _by_channel(found: Sequence[StuckDelivery]) -> dict[str, list[Message]]:
    by_channel: defaultdict[str, list[Message]] = defaultdict(list)
    for each in found:
        by_channel[each.channel].append(Message(str(each.id), group=str(each.group), delay_seconds=each.delay))
    return by_channel


def _report(found: Sequence[StuckDelivery], numbers: Mapping[str, int]) -> None:
    """Log one line a round: after a long outage every delivery is stuck."""
    logger().warning(
        "deliveries were stuck",
        extra={
            "deliveries": numbers,
            "first": [{"delivery_id": str(each.id), correlation.FIELD: each.correlation_id} for each in found[:NAMED]],
        },
    )
