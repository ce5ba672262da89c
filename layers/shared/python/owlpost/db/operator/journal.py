"""The operators' acts in the audit trail, each with what became of it."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, text

from owlpost.db import rows
from owlpost.domain import json_values
from owlpost.domain.journal import Act
from owlpost.domain.security import OPERATOR

ADD_RESULT = text("""
    insert into operator_results (event_id, ended_at, result, error)
    values (:event_id, now(), cast(:result as jsonb), :error)
""")

LIST_ACTS = text(f"""
    select e.id, e.created_at as at, nullif(regexp_replace(e.actor, '^{OPERATOR}:?', ''), '') as who,
           e.detail ->> 'act' as command, e.detail - 'act' as arguments, r.ended_at, r.result, r.error
    from security_events e
    left join operator_results r on r.event_id = e.id
    where e.kind = '{OPERATOR}' and e.created_at >= :since
    order by e.created_at desc, e.id desc
    limit :limit
""")


def add_result(
    connection: Connection, event_id: UUID, *, result: Mapping[str, object] | None, error: str | None = None
) -> None:
    """Add what became of an act; `error` is the kind of the fault if it failed."""
    kept = None if result is None else json_values.compact(dict(result))
    connection.execute(ADD_RESULT, {"event_id": event_id, "result": kept, "error": error})


def newest(connection: Connection, *, since: datetime, limit: int) -> list[Act]:
    """Return the acts since a time, newest first."""
    return rows.values(Act, connection.execute(LIST_ACTS, {"since": since, "limit": limit}))
