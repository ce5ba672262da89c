"""The audit trail of what matters for security."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, text

from owlpost.domain import json_values
from owlpost.domain.security import EventKind

ADD_SECURITY_EVENT = text("""
    insert into security_events (kind, actor, source_hash, detail, created_at)
    values (:kind, :actor, :source_hash, cast(:detail as jsonb), :now)
    returning id
""")

IS_RECORDED = text("""
    select exists (
      select from security_events where kind = :kind and source_hash = :source_hash and created_at > :since
    )
""")


def is_recorded(connection: Connection, kind: EventKind, *, source_hash: str | None, since: datetime) -> bool:
    """Return whether the source has such an event since a time."""
    values = {"kind": kind, "source_hash": source_hash, "since": since}
    return bool(connection.execute(IS_RECORDED, values).scalar_one())


def record(
    connection: Connection,
    kind: EventKind,
    *,
    actor: object = None,
    source_hash: str | None = None,
    now: datetime,
    detail: Mapping[str, object] | None = None,
) -> UUID:
    """Add one event and return its id. `actor` is the id of a user, `operator:` with a name, or None for an unknown person."""
    values = {
        "kind": kind,
        "actor": None if actor is None else str(actor),
        "source_hash": source_hash,
        "detail": json_values.compact(dict(detail or {})),
        "now": now,
    }
    id_: UUID = connection.execute(ADD_SECURITY_EVENT, values).scalar_one()
    return id_
