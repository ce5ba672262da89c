"""Read direct mails for an operator, in the shape of deliveries: what one has none of stands as null."""

from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Connection, text

from owlpost.db import rows
from owlpost.db.operator.delivery_log import DeliveryRecord
from owlpost.domain.addresses import mailbox
from owlpost.domain.commands import ListDeliveries
from owlpost.domain.direct_mails import DIRECT_MAILS
from owlpost.domain.value import dataclass

#: What an attempt was made on; the others were skipped, or handed to another function.
TRIED = "m.status in ('sent', 'failed')"
AS_DELIVERY = f"""
    select m.id, m.template as type, m.template as title, 'email' as channel, m.status, m.error, m.provider_id,
           m.created_at, m.address as recipient, m.provider_events, case when {TRIED} then 1 else 0 end as attempts,
           case when {TRIED} then m.created_at end as attempted_at,
           null as notification_id, null as request_id, null as waits_for, null as next_attempt_at, null as redriven_at,
           null as user_id
    from direct_mails m
"""
CONDITIONS = {
    "type": "m.template = :type",
    "error": "m.error = :error",
    "status": "m.status = :status",
    "since": "m.created_at >= :since",
    "until": "m.created_at < :until",
}
ADDRESS = "m.address = :address"
TO_ADDRESS = text(f"""
    {AS_DELIVERY} where {ADDRESS} and m.created_at >= :since order by m.created_at desc, m.id desc limit :limit
""")
Record = TypeVar("Record", bound=DeliveryRecord)
FIND_ADDRESS = text("select u.email from users u where u.id = :id")


def newest(connection: Connection, query: ListDeliveries) -> list[DeliveryRecord]:
    """Return the direct mails that the query selects, newest first."""
    if query.channel not in {None, "email"} or query.request_id or query.delivery_ids:
        return []
    values = {name: value for name in CONDITIONS if (value := getattr(query, name)) is not None}
    conditions = [CONDITIONS[name] for name in values]
    if query.user is not None:
        conditions.append(ADDRESS)
        values["address"] = _address(connection, query)
    where = " and ".join(conditions) or "true"
    statement = text(f"{AS_DELIVERY} where {where} order by m.created_at desc, m.id desc limit :limit")
    return [
        _named(row)
        for row in rows.values(DeliveryRecord, connection.execute(statement, {**values, "limit": query.limit}))
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectMailStory(DeliveryRecord):
    """A direct mail with what its provider reported of it, by what happened."""

    provider_events: dict[str, Any]


def to_address(connection: Connection, address: str, *, since: datetime, limit: int) -> list[DeliveryRecord]:
    """Return the direct mails to this mailbox since then, newest first."""
    values = {"address": mailbox(address), "since": since, "limit": limit}
    return list(map(_named, rows.values(DeliveryRecord, connection.execute(TO_ADDRESS, values))))


def one(connection: Connection, id_: UUID) -> DirectMailStory | None:
    """Return one direct mail, None if there is none with this id."""
    row = connection.execute(text(f"{AS_DELIVERY} where m.id = :id"), {"id": id_}).one_or_none()
    found = rows.optional(DirectMailStory, row)
    return found and _named(found)


def _named(record: Record) -> Record:
    return replace(record, title=DIRECT_MAILS.get(record.type, record.type))


def _address(connection: Connection, query: ListDeliveries) -> str | None:
    if query.email is not None:
        return query.email
    found = connection.execute(FIND_ADDRESS, {"id": query.user_id}).scalar_one_or_none()
    return found and mailbox(found)
