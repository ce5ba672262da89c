"""Keep what operators do: the act before it begins, and its counts when it has ended."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

from pydantic_core import to_jsonable_python
from sqlalchemy.exc import SQLAlchemyError

from owlpost.db.operator import journal
from owlpost.db.session import Database
from owlpost.domain.clock import Clock
from owlpost.domain.command_model import CommandModel
from owlpost.domain.journal import Act, ListActs, counts_of
from owlpost.domain.value import dataclass
from owlpost.observability import logger
from owlpost.services.operator.security import SecurityTrail

#: The window if the command names none.
WINDOW = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Journal:
    database: Database
    trail: SecurityTrail
    now: Clock

    def keep(self, command: CommandModel, act: Callable[[], object]) -> object:
        """Do the act and return its result; what only reads is not kept.

        The act is in the audit trail before it begins, so none is missing, whatever becomes of it.
        """
        if not command.act:
            return act()
        event_id = self.trail.record(command.act, operator=command.operator)
        try:
            result = act()
        except Exception as error:
            self._end(event_id, None, type(error).__name__)
            raise
        self._end(event_id, to_jsonable_python(result), None)
        return result

    def _end(self, event_id: UUID, result: object, error: str | None) -> None:
        """Add what became of the act. It is done already: a fault here must not hide its answer."""
        counts = counts_of(result) if isinstance(result, dict) else None
        try:
            with self.database.transaction() as connection:
                journal.add_result(connection, event_id, result=counts, error=error)
        except SQLAlchemyError:
            logger().exception("the result of an act was not kept", extra={"event": str(event_id)})

    def newest(self, command: ListActs) -> list[Act]:
        """Return the acts since the command's time, newest first."""
        since = command.since or self.now() - WINDOW
        with self.database.transaction() as connection:
            return journal.newest(connection, since=since, limit=command.limit)
