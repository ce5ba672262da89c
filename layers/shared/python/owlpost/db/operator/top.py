"""Count notifications by who sent them, of what type, to whom, or under which title."""

from datetime import datetime

from sqlalchemy import Connection, TextClause, text

from owlpost.db import rows
from owlpost.domain.canary import CANARY_ID
from owlpost.domain.commands import ShowTop
from owlpost.domain.value import dataclass

#: What is counted by. A receipt may have been deleted, or name no producer: then how its request came serves.
_NAMES = {
    "producer": "coalesce(r.producer, 'by ' || r.key_source, 'not known any more')",
    "type": "n.type",
    "person": "coalesce(u.email, cast(n.user_id as text), 'rooms')",
    "title": "n.title",
}


def _ranked(name: str) -> TextClause:
    return text(f"""
        select {name} as name, count(*) as notifications, count(distinct n.request_id) as requests,
               count(distinct n.user_id) as people, max(n.created_at) as newest
        from notifications n
        left join notification_requests r on r.id = n.request_id
        left join users u on u.id = n.user_id
        where n.created_at >= :since and coalesce(n.snoozed_from, n.created_at) >= :since
          and n.user_id is distinct from '{CANARY_ID}'
        group by 1
        order by notifications desc, name
        limit :limit
    """)


RANKED = {by: _ranked(name) for by, name in _NAMES.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """`newest` is when the newest of the notifications was enqueued."""

    name: str
    notifications: int
    requests: int
    people: int
    newest: datetime


def ranked(connection: Connection, query: ShowTop, *, since: datetime) -> list[Ranked]:
    """Return those with the most notifications since then, most first."""
    found = connection.execute(RANKED[query.by], {"since": since, "limit": query.limit})
    return rows.values(Ranked, found)
