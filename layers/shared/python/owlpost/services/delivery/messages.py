"""Messages of a channel's queue in, partial batch responses out: what each does follows from what became of its delivery."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from owlpost.queue import Queues
from owlpost.queue_messages import Message, Received
from owlpost.services.dead_letter import DeadLetterSink
from owlpost.services.delivery.attempt import SHORTLY, DeliveryWorker
from owlpost.services.delivery.settlement import Done, GiveUpMessage, MessageFate, Postpone

#: Receives left at which a message gives way to a fresh one: SQS counts receives, we count attempts.
LAST_RECEIVES = 2


@dataclass(frozen=True, slots=True)
class DeliveryMessages:
    """Messages of one channel's queue, each the id of a delivery."""

    worker: DeliveryWorker
    queues: Queues
    dead_letters: DeadLetterSink
    max_receives: int

    def handle(self, messages: Sequence[Received], *, deadline: datetime) -> list[str]:
        """Attempt the deliveries and answer the ids of the messages that are to come back, each after its own delay."""
        ids = {message.id: _delivery_id(message) for message in messages}
        fates = self.worker.deliver([each for each in ids.values() if each is not None], deadline=deadline)
        waits: dict[str, float] = {}
        failed: list[str] = []
        for message in messages:
            delivery_id = ids[message.id]
            fate = fates[delivery_id] if delivery_id else GiveUpMessage("the message is not a delivery id")
            wait = self._wait(message, fate)
            if wait is not None:
                waits[message.receipt_handle] = wait
                failed.append(message.id)
        self.queues.postpone(self.worker.channel.key, waits)
        self._keep_absent({id_: fates[id_] for id_ in fates.keys() - ids.values()})
        return failed

    def _keep_absent(self, fates: Mapping[UUID, MessageFate]) -> None:
        """Members of a frozen batch that was given up, whose own messages are elsewhere and will find them ended."""
        for delivery_id, fate in fates.items():
            if isinstance(fate, GiveUpMessage):
                body = str(delivery_id)
                message = Received(id=body, body=body, receipt_handle="")
                self.dead_letters.keep(message, fate.reason, fate.correlation_id)

    def _wait(self, message: Received, fate: MessageFate) -> float | None:
        """Seconds after which the message is to come back; None where it has done its work."""
        match fate:
            case Done():
                return None
            case GiveUpMessage(reason=reason, correlation_id=correlation_id):
                return None if self.dead_letters.keep(message, reason, correlation_id) else SHORTLY
            case Postpone(seconds=seconds):
                worn_out = message.receives >= self.max_receives - LAST_RECEIVES
                return None if worn_out and self._replace(message, seconds) else seconds

    def _replace(self, message: Received, seconds: float) -> bool:
        """SQS would soon take a message for poison that only waits for a provider: a fresh one takes its place."""
        return not self.queues.send(self.worker.channel.key, [Message(message.body, delay_seconds=seconds)])


def _delivery_id(message: Received) -> UUID | None:
    try:
        return UUID(message.body)
    except ValueError:
        return None
