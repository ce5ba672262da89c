"""Read what is needed to render one delivery again, as its worker was given it."""

from uuid import UUID

from sqlalchemy import Connection, text

from owlpost.db.delivery.claim import notification_of
from owlpost.db.unread import count_of, unread_of
from owlpost.domain.messages import Delivery

FIND_CONTENT = text(f"""
    select to_jsonb(t) as notification, d.id, d.address, d.attempt_metadata,
           {count_of(unread_of("t.user_id"))} as unread
    from notification_deliveries d
    join notifications t on t.id = d.notification_id
    where d.id = :id
""")


def of_delivery(connection: Connection, delivery_id: UUID) -> Delivery:
    """Return the delivery with its notification as it is now, and without devices. It must exist."""
    row = connection.execute(FIND_CONTENT, {"id": delivery_id}).one()
    notification = notification_of(row.notification)
    return Delivery(
        id=row.id,
        user_id=UUID(row.notification["user_id"]),
        notification=notification,
        address=row.address,
        unread=row.unread,
        metadata=row.attempt_metadata,
    )
