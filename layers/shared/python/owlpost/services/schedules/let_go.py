"""Let held deliveries go once no hold stops them: at the end of a hold's time, or because an operator ended it."""

from collections import defaultdict

from owlpost.db.schedules import let_go
from owlpost.db.schedules.stuck_work import database_now
from owlpost.db.session import Database
from owlpost.domain.value import dataclass
from owlpost.observability import count, logger
from owlpost.queue import Queues
from owlpost.queue_messages import Message

#: Deliveries a second, if nobody names another rate.
RATE = 50.0
#: Rows taken in one transaction, and transactions in one run; the next sweep goes on.
LIMIT = 1_000
ROUNDS = 100


@dataclass(frozen=True, slots=True)
class LetGo:
    """A run that breaks off loses nothing: what it has not taken is still held, and the next sweep takes it."""

    database: Database
    queues: Queues

    def run(self, *, rate: float) -> dict[str, int]:
        """Let the deliveries that no open hold stops come due one after another. Return their number by channel.

        Call it with a wakeup armed, and no transaction open.
        """
        numbers: defaultdict[str, int] = defaultdict(int)
        with self.database.transaction() as connection:
            now = database_now(connection)
        for _ in range(ROUNDS):
            with self.database.transaction() as connection:
                gone = let_go.let_go(connection, limit=LIMIT, before=sum(numbers.values()), rate=rate, now=now)
            self._queue(gone)
            for each in gone:
                numbers[each.channel] += 1
            if len(gone) < LIMIT:
                break
        if numbers:
            logger().info("let go", extra={"deliveries": dict(numbers), "rate": rate})
        return dict(numbers)

    def _queue(self, gone: list[let_go.LetGo]) -> None:
        by_channel: defaultdict[str, list[Message]] = defaultdict(list)
        for each in gone:
            if each.delay is not None:
                message = Message(str(each.id), group=str(each.queue_group), delay_seconds=float(each.delay))
                by_channel[each.channel].append(message)
        for channel, messages in by_channel.items():
            self.queues.send(channel, messages)
            count("LetGo", len(messages), channel=channel)
