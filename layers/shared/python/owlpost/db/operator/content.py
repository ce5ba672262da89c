"""Read what is needed to render one delivery again, as its worker was given it."""

from uuid import UUID

from sqlalchemy import Connection, text

from owlpost.db.delivery.claim import notification_of
from owlpost.db.unread import count_of, unread_of
from owlpost.domain.gathered import as_one
from owlpost.domain.messages import Delivery

FIND_CONTENT = text(f"""
    select to_jsonb(t) as notification, d.id, d.address, d.locale, d.attempt_metadata, d.gathered_in,
           case when d.gathered_in is not null then (
             select jsonb_agg(to_jsonb(told))
             from notification_deliveries along
             join notifications told on told.id = along.notification_id
             where along.gathered_in = d.gathered_in and along.channel = d.channel and along.status = d.status
           ) end as gathered,
           {count_of(unread_of("t.user_id"))} as unread
    from notification_deliveries d
    join notifications t on t.id = d.notification_id
    where d.id = :id
""")


def of_delivery(connection: Connection, delivery_id: UUID) -> Delivery:
    """Return the delivery with its notification as it is now, and without devices. It must exist.

    One that went out as one with others, at the end of quiet hours, is returned as that one.
    """
    row = connection.execute(FIND_CONTENT, {"id": delivery_id}).one()
    notification = notification_of(row.notification)
    delivery = Delivery(
        id=row.id,
        user_id=UUID(user_id) if (user_id := row.notification["user_id"]) else None,
        notification=notification,
        address=row.address,
        unread=row.unread,
        locale=row.locale,
        metadata=row.attempt_metadata,
    )
    return as_one(delivery, row.gathered_in, list(map(notification_of, row.gathered))) if row.gathered_in else delivery
