"""List requests for an operator: who sends what."""

from dataclasses import dataclass
from datetime import timedelta

from owlpost.db.operator import requests, top
from owlpost.db.operator.requests import RequestRecord
from owlpost.db.operator.top import Ranked
from owlpost.db.session import Database
from owlpost.domain.clock import Clock
from owlpost.domain.commands import ListRequests, ShowTop
from owlpost.services.operator.known_names import require_type

#: The window if the command names none.
WINDOW = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Requests:
    database: Database
    now: Clock

    def newest(self, query: ListRequests) -> list[RequestRecord]:
        """Return the newest matches. Raises NotFound if none match because there is no such type."""
        with self.database.transaction() as connection:
            found = requests.newest(connection, query, since=query.since or self.now() - WINDOW)
        if not found and query.type is not None:
            require_type(query.type)
        return found

    def top(self, query: ShowTop) -> list[Ranked]:
        """Return who has the most notifications, most first."""
        with self.database.transaction() as connection:
            return top.ranked(connection, query, since=query.since or self.now() - WINDOW)
