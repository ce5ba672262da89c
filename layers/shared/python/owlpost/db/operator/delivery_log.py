"""Read deliveries for an operator: a page of the newest, or everything about one."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from owlpost.db import correlation, rows
from owlpost.db.operator import selection
from owlpost.domain.commands import ListDeliveries
from owlpost.domain.types import CANARY
from owlpost.domain.value import dataclass

RECORD_COLUMNS = """
    d.id, n.id as notification_id, n.request_id, n.type, n.title, d.channel, d.status, d.error, d.attempts,
    d.attempt_metadata ->> 'provider_id' as provider_id,
    d.waits_for, d.created_at, d.attempted_at, d.next_attempt_at, d.redriven_at, n.user_id,
    coalesce(d.address, u.email, case when n.user_id is null then 'room ' || coalesce((
      select t.label from destinations t where t.id = d.destination_id
    ), 'that is removed') end) as recipient
"""

FIND_DELIVERY = text(f"""
    select {RECORD_COLUMNS}, d.decided_by, d.registry, d.preference_at,
           d.attempt_metadata, d.leased_until, d.queued_at, d.batch_id, d.batch_size, d.batched_at,
           (
             select count(*) from notification_deliveries along
             where along.gathered_in = d.gathered_in and along.channel = d.channel and along.status = d.status
               and along.id <> d.id
           ) as along,
           n.read_at, n.deleted_at, {correlation.OF_NOTIFICATION} as correlation_id
    from notification_deliveries d
    join notifications n on n.id = d.notification_id
    left join users u on u.id = n.user_id
    where d.id = :id
""")


def list_deliveries(where: str) -> str:
    return f"""
    select {RECORD_COLUMNS}
    from notification_deliveries d
    join notifications n on n.id = d.notification_id
    left join users u on u.id = n.user_id
    where {where}
    order by d.id desc
    limit :limit
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryRecord:
    """`recipient` is the address that the mail was frozen with, else the person's own, or the
    room that it is for; None if the person is gone.

    A direct mail has neither notification, request nor person; its `type` is that of its template.
    """

    id: UUID
    notification_id: UUID | None
    request_id: UUID | None
    type: str
    title: str
    channel: str
    status: str
    error: str | None
    attempts: int
    #: The rule by which a pending delivery waits, such as `held` or `quiet_hours`.
    waits_for: str | None
    created_at: datetime
    attempted_at: datetime | None
    next_attempt_at: datetime | None
    redriven_at: datetime | None
    user_id: UUID | None
    recipient: str | None
    #: By which the provider knows it; pushes have one for each device.
    provider_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryStory(DeliveryRecord):
    """A delivery with the record of its attempts, its lease and its batch."""

    #: The rule that decided, the version of the registry of then, and since when the person's choice stood that it rests on.
    decided_by: str | None
    registry: str | None
    preference_at: datetime | None
    attempt_metadata: dict[str, Any]
    leased_until: datetime | None
    queued_at: datetime
    batch_id: UUID | None
    batch_size: int | None
    batched_at: datetime | None
    #: Others with the same status that it goes out with as one, at the end of quiet hours.
    along: int
    read_at: datetime | None
    deleted_at: datetime | None
    correlation_id: str


def newest(connection: Connection, query: ListDeliveries) -> list[DeliveryRecord]:
    """Return the selected deliveries, newest first."""
    where = selection.where(query)
    if query.type is None and query.request_id is None:  # who asks for canaries gets them
        where = f"{where} and n.type <> '{CANARY.key}'"
    statement = text(list_deliveries(where))
    found = connection.execute(statement, {**selection.values(query), "limit": query.limit})
    return rows.values(DeliveryRecord, found)


def one(connection: Connection, delivery_id: UUID) -> DeliveryStory | None:
    """Return one delivery, None if there is none with this id."""
    return rows.optional(DeliveryStory, connection.execute(FIND_DELIVERY, {"id": delivery_id}).one_or_none())
