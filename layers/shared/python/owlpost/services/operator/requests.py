"""List requests for an operator: who sends what."""

from datetime import timedelta

from owlpost.db.operator import requests, top
from owlpost.db.operator.requests import RequestRecord
from owlpost.db.operator.top import Ranked
from owlpost.db.session import Database
from owlpost.domain.clock import Clock
from owlpost.domain.commands import ListRequests, ShowTop
from owlpost.domain.value import dataclass
from owlpost.services.operator.known_names import require_type
from owlpost.services.operator.refused_requests import RefusedRequests

#: The window if the command names none.
WINDOW = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Requests:
    database: Database
    now: Clock
    refused: RefusedRequests

    def newest(self, query: ListRequests) -> list[RequestRecord]:
        """Return the newest matches, refused ones among them. Raises NotFound if none match because there is no such type."""
        since = query.since or self.now() - WINDOW
        with self.database.transaction() as connection:
            accepted = requests.newest(connection, query, since=since)
        all_of_them = [*accepted, *self.refused.since(since, query.type)]
        found = sorted(all_of_them, key=lambda each: each.created_at, reverse=True)[: query.limit]
        if not found and query.type is not None:
            require_type(query.type)
        return found

    def top(self, query: ShowTop) -> list[Ranked]:
        """Return who has the most notifications, most first."""
        with self.database.transaction() as connection:
            return top.ranked(connection, query, since=query.since or self.now() - WINDOW)
