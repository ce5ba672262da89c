"""Messages of a channel's queue: the outcome of a delivery decides whether its message is deleted, postponed or given up."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from owlpost.domain.value import dataclass
from owlpost.observability import count, logger
from owlpost.queue import Queues
from owlpost.queue_messages import Message, Received
from owlpost.services.dead_letter import DeadLetterSink
from owlpost.services.delivery.attempt import SHORTLY, DeliveryWorker
from owlpost.services.delivery.settlement import Done, GiveUpMessage, MessageFate, Postpone

#: A message with no more receives left than this is replaced by a fresh one: SQS counts receives, we count attempts.
LAST_RECEIVES = 2
#: Messages in a row that may replace each other. Lambda stops a function after about 16 messages that it caused itself (AWS
#: Compute Blog, "Detecting and stopping recursive loops in AWS Lambda functions"). After these, the sweep queues the delivery:
#: it runs on a schedule, so its message begins a new count.
MOST_TURNS = 10
#: The attribute of a message that says how many messages it is the latest of.
TURNS = "turns"


@dataclass(frozen=True, slots=True)
class DeliveryMessages:
    """Messages of one channel's queue, each the id of a delivery."""

    worker: DeliveryWorker
    queues: Queues
    dead_letters: DeadLetterSink
    max_receives: int

    def handle(self, messages: Sequence[Received], *, deadline: datetime) -> list[str]:
        """Attempt the deliveries. Return the ids of the messages that must reappear, each after its own delay.

        Of several messages of one delivery the one that was received least stands for it, and the others are done: they would
        be postponed by the same delay, come together for ever, and leave a dead letter each.
        """
        ids = {message.id: _delivery_id(message) for message in messages}
        fates = self.worker.deliver([each for each in ids.values() if each is not None], deadline=deadline)
        turns = max((_turns(message) for message in messages), default=0) + 1
        waits: dict[str, float] = {}
        failed: list[str] = []
        for message in _one_for_each(messages, ids):
            delivery_id = ids[message.id]
            fate = fates[delivery_id] if delivery_id else GiveUpMessage("the message is not a delivery id")
            wait = self._wait(message, fate, turns)
            if wait is not None:
                waits[message.receipt_handle] = wait
                failed.append(message.id)
        self.queues.postpone(self.worker.channel.key, waits)
        self._keep_absent({id_: fates[id_] for id_ in fates.keys() - ids.values()})
        return failed

    def _keep_absent(self, fates: Mapping[UUID, MessageFate]) -> None:
        """Keep a dead letter for members of a frozen batch that was given up while their own messages were elsewhere."""
        for delivery_id, fate in fates.items():
            if isinstance(fate, GiveUpMessage):
                body = str(delivery_id)
                message = Received(id=body, body=body, receipt_handle="")
                self.dead_letters.keep(message, fate.reason, fate.correlation_id)

    def _wait(self, message: Received, fate: MessageFate, turns: int) -> float | None:
        """Return the seconds until the message should reappear; None if it is finished."""
        match fate:
            case Done():
                return None
            case GiveUpMessage(reason=reason, correlation_id=correlation_id):
                return None if self.dead_letters.keep(message, reason, correlation_id) else SHORTLY
            case Postpone(seconds=seconds):
                worn_out = message.receives >= self.max_receives - LAST_RECEIVES
                return None if worn_out and self._replace(message, seconds, turns) else seconds

    def _replace(self, message: Received, seconds: float, turns: int) -> bool:
        """Replace a message that SQS would soon take for poison, though it only waits. False if SQS refused the new one.

        `turns` are those of the longest chain in the batch, plus one: all that an invocation sends has one trace header, and
        AWS does not say of which message.
        """
        if turns > MOST_TURNS:
            logger().info("left to the sweep", extra={"channel": self.worker.channel.key, "delivery_id": message.body})
            count("LeftToSweep", channel=self.worker.channel.key)
            return True
        fresh = Message(message.body, delay_seconds=seconds, attributes={TURNS: str(turns)})
        return not self.queues.send(self.worker.channel.key, [fresh])


def _one_for_each(messages: Sequence[Received], ids: Mapping[str, UUID | None]) -> list[Received]:
    """Return one message for each delivery, and all that are of none."""
    freshest: dict[UUID | str, Received] = {}
    for message in sorted(messages, key=lambda each: each.receives):
        freshest.setdefault(ids[message.id] or message.id, message)
    return list(freshest.values())


def _turns(message: Received) -> int:
    given = message.attributes.get(TURNS, "0")
    return int(given) if given.isdecimal() and len(given) < 4 else MOST_TURNS


def _delivery_id(message: Received) -> UUID | None:
    try:
        return UUID(message.body)
    except ValueError:
        return None
