"""Nudging the pages that hold a line: there is something to ask for.

Best effort: nothing waits for it, fails because of it, or records it. A page asks every minute in any case.
"""

from collections.abc import Callable, Iterator, Sequence
from uuid import UUID

from owlpost.db import lines
from owlpost.db.session import Database
from owlpost.domain import line_events
from owlpost.domain.line_events import MOST
from owlpost.domain.value import dataclass
from owlpost.observability import logger

#: Starts a function with an event, and does not wait for it.
Start = Callable[[str, object], None]


@dataclass(frozen=True, slots=True)
class Nudges:
    """`start` is asked for at the first line, as few people have a page open. None: this installation has no lines."""

    database: Database
    start: Callable[[], Start] | None

    def changed(self, user_id: UUID) -> None:
        """Nudge the pages of a person whose inbox has changed. Call after the commit."""
        if self.start is None:
            return
        try:
            with self.database.reading() as connection:
                connection_ids = lines.of_people(connection, [user_id])
            self._send(connection_ids, line_events.nudge)
        except Exception as error:  # noqa: BLE001 (what was read is read, whatever becomes of other pages)
            _not_sent(error)

    def nudge(self, connection_ids: Sequence[str]) -> None:
        """Nudge these connections. Call after the commit."""
        self._safely(connection_ids, line_events.nudge)

    def hang_up(self, connection_ids: Sequence[str]) -> None:
        """Close these connections; their lines are deleted already. Call after the commit."""
        self._safely(connection_ids, line_events.hang_up)

    def _safely(self, connection_ids: Sequence[str], event: Callable[[Sequence[str]], object]) -> None:
        try:
            self._send(connection_ids, event)
        except Exception as error:  # noqa: BLE001 (the change is committed, whatever becomes of the lines)
            _not_sent(error)

    def _send(self, connection_ids: Sequence[str], event: Callable[[Sequence[str]], object]) -> None:
        if self.start is None or not connection_ids:
            return
        start = self.start()
        for part in _parts(connection_ids):
            start(line_events.FUNCTION, event(part))


def _parts(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    return (ids[begin : begin + MOST] for begin in range(0, len(ids), MOST))


def _not_sent(error: Exception) -> None:
    logger().warning("pages were not told", extra={"error": str(error)})
