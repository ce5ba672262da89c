"""Take requests back at an operator's word, and give what is out new words."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Connection

from owlpost.db.enqueue import recall
from owlpost.db.operator import replacing
from owlpost.db.operator.replacing import Replaced
from owlpost.db.session import Database
from owlpost.domain import stop_commands
from owlpost.domain.errors import NotFound
from owlpost.domain.recalls import RecallResult, ReplaceResult
from owlpost.domain.value import dataclass
from owlpost.observability import count
from owlpost.queue import Queues
from owlpost.queue_messages import Message
from owlpost.services.enqueue.recall import Recall, as_result
from owlpost.services.operator.known_names import require_type
from owlpost.services.wakeup import Wakeup


@dataclass(frozen=True, slots=True)
class RecallByOperator:
    database: Database
    recall: Recall
    queues: Queues
    wakeup: Wakeup

    def run(self, command: stop_commands.Recall) -> RecallResult:
        """Recall what the command means, or count it on a dry run. Raises NotFound if that is nothing.

        With new words the inbox shows them, and a push that is out, to somebody who has not read it, goes once more: through
        its queue, to the devices that have it, in its own place on the screen.
        """
        words = command.replace
        if words:
            self.wakeup.arm()
        with self.database.transaction() as connection:
            request_ids = _meant(connection, command)
            counts = recall.recall(
                connection, request_ids, dry_run=command.dry_run, keeps_inbox=command.replace is not None
            )
            if not counts.requests:
                raise NotFound("no request matches; owlpost requests lists them")
            replace = replacing.count if command.dry_run else replacing.replace
            replaced = replace(connection, request_ids, words) if words else []
        result = as_result(counts, dry_run=True) if command.dry_run else self.recall.finish(request_ids, counts)
        if not words:
            return result
        if not command.dry_run:
            self._queue(replaced)
            self.wakeup.arm()
        by_channel = Counter(each.channel for each in replaced)
        return ReplaceResult(**result.model_dump(), replaced=dict(by_channel))

    def _queue(self, replaced: Sequence[Replaced]) -> None:
        by_channel: defaultdict[str, list[Message]] = defaultdict(list)
        for each in replaced:
            by_channel[each.channel].append(Message(str(each.id), group=str(each.queue_group)))
        for channel, messages in by_channel.items():
            self.queues.send(channel, messages)
            count("Replaced", len(messages), channel=channel)


def _meant(connection: Connection, command: stop_commands.Recall) -> list[UUID]:
    if command.request_ids or command.since is None:
        return list(command.request_ids)
    if command.type is not None:
        require_type(command.type)
    values = {"type": command.type, "team": command.team_id, "producer": command.producer}
    return recall.find_requests(connection, values, since=command.since, limit=stop_commands.MOST_RECALLED)
