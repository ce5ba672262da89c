"""One delivery at one destination, for adapters that go to destinations."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from owlpost.channels.adapter import BatchReport, ChannelAdapter
from owlpost.domain.clock import utc_now
from owlpost.domain.destinations import Destination
from owlpost.domain.messages import Delivery, DeliveryBatch, Notification
from owlpost.seals import Seals
from tests.support.receiving import KEYS

NOW = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)
SEALS = Seals(KEYS)


def destination(kind: str, content: Mapping[str, object], *, state: str = "live", label: str = "Room") -> Destination:
    id_ = uuid4()
    return Destination(id_, label, SEALS.seal(id_, content), state, NOW, kind)


def delivery(
    *to: Destination,
    title: str = "New feedback in Pocket Atlas",
    body: str | None = "Ada: love it",
    link: str | None = "/dashboard/feedback/7",
    address: str | None = None,
    user_id: UUID | None = None,
    metadata: Mapping[str, object] | None = None,
) -> Delivery:
    notification = Notification(uuid4(), "feedback.new", title, body, link, {}, uuid4(), uuid4(), NOW)
    return Delivery(uuid4(), user_id, notification, address=address, destinations=to, metadata=metadata or {})


def deliver(adapter: ChannelAdapter[Any], *deliveries: Delivery, seconds: float = 20.0) -> BatchReport:
    """Render and deliver these, as the service does."""
    contents = {each.id: adapter.render(each) for each in deliveries}
    batch = DeliveryBatch(uuid4(), deliveries, utc_now() + timedelta(seconds=seconds), at=NOW)
    return adapter.deliver(batch, contents)
