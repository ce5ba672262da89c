"""The audit trail of sign-ins, sessions and invitations, for the operator."""

from dataclasses import dataclass
from datetime import timedelta

from owlpost.db.operator import security_events
from owlpost.db.session import Database
from owlpost.domain.clock import Clock
from owlpost.domain.commands import ListSecurityEvents
from owlpost.domain.security import SecurityEvent

#: The window if the command names none.
WINDOW = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class SecurityEventList:
    events: list[SecurityEvent]


@dataclass(frozen=True, slots=True)
class SecurityTrail:
    database: Database
    now: Clock

    def newest(self, command: ListSecurityEvents) -> SecurityEventList:
        """Return the events since the command's time, newest first."""
        since = command.since or self.now() - WINDOW
        with self.database.transaction() as connection:
            return SecurityEventList(security_events.newest(connection, since=since, limit=command.limit))
