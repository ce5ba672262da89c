"""A stage for deliveries: people are notified, a worker delivers with a scripted adapter, and a test moves the time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import text

from owlpost.db.session import Database
from owlpost.domain.channels import NOTIFICATION_CHANNELS
from owlpost.domain.idempotency import Key
from owlpost.domain.retry import RetryBounds
from owlpost.queue import Queues
from owlpost.services.delivery.attempt import DeliveryWorker
from owlpost.services.delivery.release import Release
from owlpost.services.delivery.settlement import MessageFate
from tests.support.adapters import ScriptedAdapter
from tests.support.clock import FakeClock
from tests.support.people import add_person
from tests.support.services import dispatching

LEASE_SECONDS = 35
BOUNDS = RetryBounds(max_attempts=3, base_seconds=10, cap_seconds=60, patience_seconds=100, deadline_seconds=86_400)


@dataclass
class Stage:
    database: Database
    queues: Queues
    clock: FakeClock
    adapter: ScriptedAdapter = field(default_factory=ScriptedAdapter)

    def tell(self, people: int = 1, *, channel: str = "email", device: str | None = None) -> list[UUID]:
        """Notify new people. Return the ids of their deliveries on the channel. `device` is the prefix of their push tokens."""
        with self.database.transaction() as connection:
            ids = [add_person(connection, device=device and f"{device}{n}").id for n in range(people)]
        body = {"type": "feedback.new", "recipients": {"user_ids": [str(each) for each in ids]}, "title": "Hello"}
        answer = dispatching(self.database, self.queues, self.clock).enqueue(
            body, platform_key=Key("lambda", str(uuid4()))
        )
        return self._pending(answer.request_id, channel)

    def _pending(self, request_id: UUID | None, channel: str) -> list[UUID]:
        with self.database.transaction() as connection:
            rows = connection.execute(
                text(
                    "select d.id from notification_deliveries d join notifications n on n.id = d.notification_id"
                    " where n.request_id = :request_id and d.channel = :channel order by d.id"
                ),
                {"request_id": request_id, "channel": channel},
            )
            return list(rows.scalars())

    def pending(self, channel: str) -> list[UUID]:
        """Return the deliveries of a channel that have not ended."""
        with self.database.transaction() as connection:
            rows = connection.execute(
                text(
                    "select id from notification_deliveries where channel = :channel and status = 'pending' order by id"
                ),
                {"channel": channel},
            )
            return list(rows.scalars())

    def worker(
        self, channel: str = "email", *, database: Database | None = None, bounds: RetryBounds = BOUNDS
    ) -> DeliveryWorker:
        return DeliveryWorker(
            database=database or self.database,
            adapter=self.adapter,
            channel=NOTIFICATION_CHANNELS[channel],
            bounds=bounds,
            lease_seconds=LEASE_SECONDS,
            release=self.release(channel),
            now=self.clock,
        )

    def release(self, channel: str) -> Release:
        return Release(self.database, self.queues, channel, self.clock)

    def deliver(self, ids: Sequence[UUID], *, by: DeliveryWorker | None = None) -> Mapping[UUID, MessageFate]:
        return (by or self.worker()).deliver(ids, deadline=self.clock() + timedelta(seconds=30))

    def row(self, delivery_id: UUID) -> dict[str, Any]:
        with self.database.transaction() as connection:
            found = connection.execute(
                text("select * from notification_deliveries where id = :id"), {"id": delivery_id}
            ).mappings()
            return dict(found.one())

    def change(self, statement: str, **values: object) -> None:
        """Change rows while the worker is busy."""
        with self.database.transaction() as connection:
            connection.execute(text(statement), values)
