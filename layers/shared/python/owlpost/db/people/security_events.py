"""The audit trail of what matters for security."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, text

from owlpost.domain import json_values
from owlpost.domain.security import EventKind

ADD_SECURITY_EVENT = text("""
    insert into security_events (kind, actor, source_hash, detail, created_at)
    values (:kind, :actor, :source_hash, cast(:detail as jsonb), :now)
""")


def record(
    connection: Connection,
    kind: EventKind,
    *,
    actor: object = None,
    source_hash: str | None = None,
    now: datetime,
    detail: Mapping[str, object] | None = None,
) -> None:
    """Add one event. `actor` is the id of a user, `operator`, or None for an unknown person."""
    values = {
        "kind": kind,
        "actor": None if actor is None else str(actor),
        "source_hash": source_hash,
        "detail": json_values.compact(dict(detail or {})),
        "now": now,
    }
    connection.execute(ADD_SECURITY_EVENT, values)
