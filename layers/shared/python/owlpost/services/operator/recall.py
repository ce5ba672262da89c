"""Take requests back at an operator's word."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection

from owlpost.db.enqueue import recall
from owlpost.db.session import Database
from owlpost.domain import stop_commands
from owlpost.domain.errors import NotFound
from owlpost.domain.recalls import RecallResult
from owlpost.services.enqueue.recall import Recall, as_result
from owlpost.services.operator.known_names import require_type


@dataclass(frozen=True, slots=True)
class RecallByOperator:
    database: Database
    recall: Recall

    def run(self, command: stop_commands.Recall) -> RecallResult:
        """Recall what the command means, or count it on a dry run. Raises NotFound if that is nothing."""
        with self.database.transaction() as connection:
            request_ids = _meant(connection, command)
            counts = recall.recall(connection, request_ids, dry_run=command.dry_run)
            if not counts.requests:
                raise NotFound("no request matches; owlpost requests lists them")
            if command.dry_run:
                return as_result(counts, dry_run=True)
        return self.recall.finish(request_ids, counts)


def _meant(connection: Connection, command: stop_commands.Recall) -> list[UUID]:
    if command.request_ids or command.since is None:
        return list(command.request_ids)
    if command.type is not None:
        require_type(command.type)
    values = {"type": command.type, "team": command.team_id, "producer": command.producer}
    return recall.find_requests(connection, values, since=command.since, limit=stop_commands.MOST_RECALLED)
