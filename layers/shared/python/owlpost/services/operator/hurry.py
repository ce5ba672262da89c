"""Hurry: what waits for a retry goes now, at a bounded rate."""

from collections import defaultdict
from collections.abc import Sequence

from owlpost.db.operator import hurry
from owlpost.db.operator.hurry import Hurried, Waiting
from owlpost.db.session import Database
from owlpost.domain import correlation
from owlpost.domain.hand_commands import HurryPending
from owlpost.domain.value import dataclass
from owlpost.observability import NAMED, count, logger
from owlpost.queue import Queues
from owlpost.queue_messages import Message
from owlpost.services.operator.known_names import require_names
from owlpost.services.wakeup import Wakeup


@dataclass(frozen=True, slots=True)
class HurryResult:
    """`hurried` deliveries come due now, or would on a dry run, in groups of similar ones. `more` if the limit left some."""

    dry_run: bool
    hurried: int
    waiting: list[Waiting]
    more: bool


@dataclass(frozen=True, slots=True)
class Hurry:
    database: Database
    queues: Queues
    wakeup: Wakeup

    def run(self, command: HurryPending) -> HurryResult:
        """Make what waits for a retry due, `rate` a second, and queue it. Raises NotFound for an unknown name.

        Attempts and age stay as they are. A crash loses nothing: the deliveries are pending, and the sweep queues them. The
        message that a delivery had before finds it ended, or with a worker.
        """
        if command.dry_run:
            with self.database.transaction() as connection:
                waiting = hurry.count(connection, command)
            return self._result(command, waiting)
        self.wakeup.arm()
        with self.database.transaction() as connection:
            taken = hurry.take(connection, command)
        self._queue(taken)
        self.wakeup.arm()
        first = [{"delivery_id": str(each.id), correlation.FIELD: each.correlation_id} for each in taken[:NAMED]]
        logger().info("hurried", extra={"deliveries": len(taken), "rate": command.rate, "first": first})
        return self._result(command, _grouped(taken))

    def _result(self, command: HurryPending, waiting: list[Waiting]) -> HurryResult:
        hurried = sum(each.deliveries for each in waiting)
        if not hurried:
            require_names(command)
        return HurryResult(command.dry_run, hurried, waiting, more=hurried >= command.limit)

    def _queue(self, taken: Sequence[Hurried]) -> None:
        by_channel: defaultdict[str, list[Message]] = defaultdict(list)
        for each in taken:
            message = Message(str(each.id), group=str(each.queue_group), delay_seconds=max(0.0, float(each.due_in)))
            by_channel[each.channel].append(message)
        for channel, messages in by_channel.items():
            self.queues.send(channel, messages)
            count("Hurried", len(messages), channel=channel)


def _grouped(taken: Sequence[Hurried]) -> list[Waiting]:
    alike: defaultdict[tuple[str, str, str | None], list[Hurried]] = defaultdict(list)
    for each in taken:
        alike[each.channel, each.type, each.error].append(each)
    groups = [Waiting(*key, len(found), len({each.batch for each in found})) for key, found in alike.items()]
    return sorted(groups, key=lambda group: -group.deliveries)
