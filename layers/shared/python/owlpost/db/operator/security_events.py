"""The audit trail of what matters for security, as the operator reads it."""

from datetime import datetime

from sqlalchemy import Connection, text

from owlpost.db import rows
from owlpost.domain.security import SecurityEvent

FIND_SECURITY_EVENTS = text("""
    select kind, actor, source_hash, detail, created_at from security_events
    where created_at >= :since
    order by created_at desc, id desc
    limit :limit
""")


def newest(connection: Connection, *, since: datetime, limit: int) -> list[SecurityEvent]:
    """Return the events since a time, newest first."""
    return rows.values(SecurityEvent, connection.execute(FIND_SECURITY_EVENTS, {"since": since, "limit": limit}))
