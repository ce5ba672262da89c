"""Drives failed deliveries again, at a bounded rate, by the rules as they are now."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from owlpost.db.operator import redrive
from owlpost.db.operator.redrive import Group, Taken
from owlpost.db.session import Database
from owlpost.domain import correlation
from owlpost.domain.clock import Clock
from owlpost.domain.commands import RedriveDeliveries
from owlpost.observability import NAMED, count, logger
from owlpost.queue import Queues
from owlpost.queue_messages import Message
from owlpost.services.operator.dead_letter_queues import DeadLetterQueues
from owlpost.services.wakeup import Wakeup

#: Rows taken in one transaction.
BATCH = 1_000


@dataclass(frozen=True, slots=True)
class Redriven:
    """What was done, or on a dry run would be, by groups of deliveries alike.

    `refused` counts what was meant and not touched: `sent`, and `outcome_unknown` unless asked for. `more` is true where the
    limit left some for another run.
    """

    dry_run: bool
    groups: list[Group]
    refused: dict[str, int]
    more: bool = False
    dead_letters_removed: int = 0
    redriven: int = field(init=False)
    skipped: int = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "redriven", sum(each.deliveries for each in self.groups if each.skip is None))
        object.__setattr__(self, "skipped", sum(each.deliveries for each in self.groups if each.skip is not None))


@dataclass(frozen=True, slots=True)
class Redrive:
    database: Database
    queues: Queues
    dead_letters: DeadLetterQueues
    wakeup: Wakeup
    now: Clock
    batch: int = BATCH

    def run(self, command: RedriveDeliveries) -> Redriven:
        """Take the failed deliveries that are meant back to `pending`, a bounded batch at a time, and queue them.

        A crash on the way loses nothing: what was taken is pending, and the sweep queues it. Two runs at once drive each
        delivery once.
        """
        with self.database.transaction() as connection:
            refused = redrive.refused(connection, command)
            if command.dry_run:
                return Redriven(dry_run=True, groups=redrive.count(connection, command), refused=refused)
        taken = self._take_all(command)
        channels = {each.channel for each in taken}
        removed = sum(self.dead_letters.discard_stale(channel) for channel in sorted(channels))
        logger().info(
            "redriven",
            extra={
                "taken": len(taken),
                "refused": refused,
                "dead_letters_removed": removed,
                "first": [
                    {"delivery_id": str(each.id), correlation.FIELD: each.correlation_id} for each in taken[:NAMED]
                ],
            },
        )
        return Redriven(
            dry_run=False,
            groups=_groups(taken),
            refused=refused,
            more=len(taken) == command.limit,
            dead_letters_removed=removed,
        )

    def _take_all(self, command: RedriveDeliveries) -> list[Taken]:
        started, taken = self.now(), list[Taken]()
        driven = 0
        while len(taken) < command.limit:
            limit = min(self.batch, command.limit - len(taken))
            self.wakeup.arm()
            with self.database.transaction() as connection:
                batch = redrive.take(connection, command, limit=limit, before=driven, now=started)
            driven += self._queue(batch)
            self.wakeup.arm()
            taken.extend(batch)
            if len(batch) < limit:
                break
        return taken

    def _queue(self, batch: Sequence[Taken]) -> int:
        """Queue those that are pending now, each to arrive when it is due; answer how many they are."""
        now = self.now()
        by_channel: defaultdict[str, list[Message]] = defaultdict(list)
        for each in batch:
            if each.next_attempt_at is not None:
                by_channel[each.channel].append(_message(each, each.next_attempt_at, now))
        for channel, messages in by_channel.items():
            self.queues.send(channel, messages)
            count("Redriven", len(messages), channel=channel)
        return sum(map(len, by_channel.values()))


def _message(taken: Taken, due: datetime, now: datetime) -> Message:
    delay = max(0.0, (due - now).total_seconds())
    return Message(str(taken.id), group=str(taken.queue_group), delay_seconds=delay)


def _groups(taken: Sequence[Taken]) -> list[Group]:
    numbers = Counter((each.channel, each.type, each.error, each.skip) for each in taken)
    return [Group(*alike, deliveries=number) for alike, number in numbers.most_common()]
