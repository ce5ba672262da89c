"""The audit trail of sign-ins, sessions, invitations and operators' acts, for the operator."""

from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

from owlpost.db.operator import security_events
from owlpost.db.people.security_events import record
from owlpost.db.session import Database
from owlpost.domain.clock import Clock
from owlpost.domain.commands import ListSecurityEvents
from owlpost.domain.security import OPERATOR, SecurityEvent
from owlpost.domain.value import dataclass

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

    def record(self, act: Mapping[str, object], *, operator: str | None) -> UUID:
        """Add what an operator is about to do, and return its id; `operator` is their name."""
        actor = f"{OPERATOR}:{operator}" if operator else OPERATOR
        with self.database.transaction() as connection:
            return record(connection, "operator", actor=actor, now=self.now(), detail=act)
