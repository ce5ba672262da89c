"""A person's lines: a ticket from the API opens one, and the function that holds lines nudges or closes them."""

import secrets
from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from urllib.parse import urlencode

from owlpost.connections import Connections
from owlpost.db import lines
from owlpost.db.session import Database
from owlpost.domain.line_events import NUDGE
from owlpost.domain.people import Caller
from owlpost.domain.value import dataclass
from owlpost.keyed_hashes import token_hash
from owlpost.observability import count

#: A ticket is fetched and used at once.
TICKET_LIFE = timedelta(seconds=30)
#: API Gateway closes a connection after two hours, and may not say so ("Quotas for configuring and running a WebSocket").
LINE_LIFE = timedelta(hours=2, minutes=1)
#: Tabs share a line, so these are browsers.
MOST_LINES = 20
LONGEST_TICKET = 100


@dataclass(frozen=True, slots=True)
class Ticket:
    """`url` is where to connect, with the ticket in it, until `expires_at`."""

    url: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Tickets:
    """`url` is where lines are opened, None where this installation has none. `hang_up` closes connections."""

    database: Database
    url: str | None
    now: Callable[[], datetime]
    hang_up: Callable[[Sequence[str]], None]

    def issue(self, caller: Caller) -> Ticket | None:
        """Return a ticket that opens one line of the caller's session, once; None where there are no lines.

        The oldest line of the person gives way where there are too many.
        """
        if not self.url:
            return None
        ticket = secrets.token_urlsafe(32)
        with self.database.transaction() as connection:
            beyond = lines.add_ticket(
                connection,
                caller.user.id,
                caller.session_id,
                token_hash(ticket),
                life=TICKET_LIFE,
                most=MOST_LINES,
            )
        self.hang_up([each for each in beyond if each])
        return Ticket(f"{self.url}?{urlencode({'ticket': ticket})}", self.now() + TICKET_LIFE)


@dataclass(frozen=True, slots=True)
class Lines:
    """The lines as the function sees them that holds them. `origins` are those of pages."""

    database: Database
    connections: Callable[[], Connections]
    origins: Collection[str]

    def open(self, connection_id: str, *, ticket: str, origin: str | None) -> bool:
        """Open a line. Return False if it is refused: a page of a site that is not listed asks, or the ticket is worth nothing.

        Browsers always say the origin. Programs say none, and need a ticket as well.
        """
        if (origin is not None and origin not in self.origins) or not 0 < len(ticket) <= LONGEST_TICKET:
            count("LinesRefused")
            return False
        with self.database.transaction() as connection:
            opened = lines.open_line(connection, token_hash(ticket), connection_id, life=LINE_LIFE)
        if opened:
            count("LinesOpened")
        else:
            count("LinesRefused")
        return opened

    def closed(self, connection_id: str) -> None:
        """Forget a line that was closed."""
        with self.database.transaction() as connection:
            lines.delete(connection, [connection_id])

    def nudge(self, connection_ids: Sequence[str]) -> None:
        """Tell these that there is something to ask for, and forget those that are gone."""
        if not connection_ids:
            return
        gone = self.connections().post(connection_ids, NUDGE.encode())
        if told := len(connection_ids) - len(gone):
            count("Nudges", told)
        if gone:
            with self.database.transaction() as connection:
                lines.delete(connection, gone)

    def hang_up(self, connection_ids: Sequence[str]) -> None:
        """Close these. Their lines are deleted already."""
        if connection_ids:
            self.connections().close(connection_ids)
