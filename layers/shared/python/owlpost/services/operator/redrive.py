"""Start failed deliveries again, at a bounded rate, by the rules as they are now."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import field

from owlpost.db.operator import redrive
from owlpost.db.operator.redrive import Group, Taken
from owlpost.db.session import Database
from owlpost.domain import correlation
from owlpost.domain.commands import RedriveDeliveries
from owlpost.domain.errors import NotFound
from owlpost.domain.value import dataclass
from owlpost.observability import NAMED, count, logger
from owlpost.queue import Queues
from owlpost.queue_messages import Message
from owlpost.services.operator.dead_letter_queues import DeadLetterQueues
from owlpost.services.operator.known_names import require_names
from owlpost.services.wakeup import Wakeup

#: Rows updated in one transaction.
BATCH = 1_000


@dataclass(frozen=True, slots=True)
class Redriven:
    """What was done, or would be done on a dry run, by groups of similar deliveries.

    `refused` counts matches that were not touched, by reason. `more` is true if the limit left matches for another run.
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
    batch: int = BATCH

    def run(self, command: RedriveDeliveries) -> Redriven:
        """Set the selected failed deliveries back to `pending`, a bounded batch at a time, and queue them.

        A crash loses nothing: the deliveries taken so far are pending, and the sweep queues them. Two runs at the same time
        start each delivery once. Raises NotFound if nothing matches because the command names something unknown.
        """
        with self.database.transaction() as connection:
            refused = redrive.refused(connection, command)
            if command.dry_run:
                groups = redrive.count(connection, command)
                _require_known(command, found=bool(groups or refused), refused=refused)
                return Redriven(dry_run=True, groups=groups, refused=refused)
        taken = self._take_all(command)
        _require_known(command, found=bool(taken or refused), refused=refused)
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
        with self.database.transaction() as connection:
            started = redrive.database_now(connection)
        taken, driven = list[Taken](), 0
        while len(taken) < command.limit:
            limit = min(self.batch, command.limit - len(taken))
            self.wakeup.arm()
            with self.database.transaction() as connection:
                batch = redrive.take(connection, command, limit=limit, before=driven, started=started)
            driven += self._queue(batch)
            self.wakeup.arm()
            taken.extend(batch)
            if len(batch) < limit:
                break
        return taken

    def _queue(self, batch: Sequence[Taken]) -> int:
        """Queue the deliveries that are pending now, each to arrive when it is due. Return their number."""
        by_channel: defaultdict[str, list[Message]] = defaultdict(list)
        for each in batch:
            if each.due_in is not None:
                message = Message(str(each.id), group=str(each.queue_group), delay_seconds=max(0.0, each.due_in))
                by_channel[each.channel].append(message)
        for channel, messages in by_channel.items():
            self.queues.send(channel, messages)
            count("Redriven", len(messages), channel=channel)
        return sum(map(len, by_channel.values()))


def _require_known(command: RedriveDeliveries, *, found: bool, refused: Mapping[str, int]) -> None:
    if command.delivery_ids and refused.get("unknown_id") == len(set(command.delivery_ids)):
        raise NotFound(f"no delivery has the id {' or '.join(map(str, command.delivery_ids[:NAMED]))}")
    if not found:
        require_names(command)


def _groups(taken: Sequence[Taken]) -> list[Group]:
    numbers = Counter((each.channel, each.type, each.error, each.skip) for each in taken)
    return [Group(*alike, deliveries=number) for alike, number in numbers.most_common()]
