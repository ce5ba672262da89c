"""The last step of each fan-out: one message for each pending delivery, on its channel's queue."""

from collections.abc import Callable, Sequence
from uuid import UUID

from owlpost.db.enqueue.fan_out import FannedOut
from owlpost.domain.types import CANARY
from owlpost.domain.value import dataclass
from owlpost.observability import BY_CHANNEL, Meter, count
from owlpost.queue import Queues
from owlpost.queue_messages import Message


@dataclass(frozen=True, slots=True)
class DeliveryQueues:
    """The queues of the channels, and the meter that counts what was enqueued.

    `unread_changed` hears of the people whose icons no push brings up to date, `nudge` of the pages that show an inbox.
    """

    queues: Queues
    meter: Meter = BY_CHANNEL
    unread_changed: Callable[[Sequence[UUID]], None] | None = None
    nudge: Callable[[Sequence[str]], None] | None = None

    def send(self, fanned_out: FannedOut, *, kind: str, group: UUID | None) -> None:
        """Queue the pending deliveries of one notification type, fairly between groups. Call it after the commit."""
        if self.nudge and fanned_out.lines:
            self.nudge(fanned_out.lines)  # first: somebody is looking
        people = {} if kind == CANARY.key else fanned_out.deliveries
        for channel, deliveries in people.items():
            self.meter.record(channel, kind, {"Enqueued": deliveries})
        for channel, braked in fanned_out.braked.items():
            count("BrakedDeliveries", braked, channel=channel)
        shared = str(group)
        for channel, delivery_ids in fanned_out.pending.items():
            self.queues.send(channel, [Message(delivery_id, group=shared) for delivery_id in delivery_ids])
        for channel, delayed in fanned_out.soon.items():
            self.queues.send(channel, [Message(id_, group=shared, delay_seconds=seconds) for id_, seconds in delayed])
        if self.unread_changed and fanned_out.icons:
            self.unread_changed([UUID(user_id) for user_id in fanned_out.icons])
