"""List requests for an operator."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from owlpost.db import correlation, rows
from owlpost.domain.commands import ListRequests
from owlpost.domain.types import CANARY
from owlpost.domain.value import dataclass

#: `notifications` and `deliveries` include the chunks written so far. The title is that of the first notification.
LIST_REQUESTS = text(f"""
    select r.id, r.type, r.team_id, r.key_source, r.created_at, {correlation.OF_RECEIPT} as correlation_id,
           r.unfinished is not null as is_unfinished,
           r.notifications + coalesce(chunk.notifications, 0) as notifications, r.deliveries, r.rooms, n.title,
           null as refused
    from notification_requests r
    left join lateral (
      select sum(c.notifications) as notifications from notification_request_chunks c where c.request_id = r.id
    ) chunk on true
    left join notifications n on n.id = r.notification_ids[1]
    where r.created_at >= :since and (r.type = :type or cast(:type as text) is null and r.type <> '{CANARY.key}')
    order by r.created_at desc, r.id desc
    limit :limit
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestRecord:
    """`is_unfinished` is true while chunks of a large team are unwritten. `deliveries` counts the first write by channel.

    `refused` says why nothing came of a request, whose id is then that of its dead letter; None for one that was accepted.
    """

    id: UUID
    type: str
    team_id: UUID | None
    key_source: str
    created_at: datetime
    correlation_id: str
    is_unfinished: bool
    notifications: int
    deliveries: dict[str, Any]
    rooms: int = 0
    title: str | None
    refused: str | None


def newest(connection: Connection, query: ListRequests, *, since: datetime) -> list[RequestRecord]:
    """Return the requests accepted since then, newest first."""
    values = {"since": since, "type": query.type, "limit": query.limit}
    return rows.values(RequestRecord, connection.execute(LIST_REQUESTS, values))
