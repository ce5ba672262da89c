"""Deliveries to write mails of, made from what a test cares about."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from owlpost.domain.messages import Delivery, DeliveryBatch, Notification

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)


def notification(
    type_: str = "feedback.new",
    *,
    title: str = "New feedback in Pocket Atlas",
    body: str | None = "Ada: love it",
    link: str | None = "/dashboard/feedback/1",
    data: dict[str, object] | None = None,
) -> Notification:
    return Notification(
        id=uuid4(),
        type=type_,
        title=title,
        body=body,
        link=link,
        data=data or {},
        team_id=None,
        request_id=uuid4(),
        created_at=NOON,
    )


def delivery(address: str | None = "ada@example.com", *, of: Notification | None = None) -> Delivery:
    return Delivery(id=uuid4(), user_id=uuid4(), notification=of or notification(), address=address)


def batch(*deliveries: Delivery, id_: UUID | None = None, seconds: float = 20.0) -> DeliveryBatch:
    return DeliveryBatch(id=id_ or uuid4(), deliveries=deliveries, deadline=NOON + timedelta(seconds=seconds))
