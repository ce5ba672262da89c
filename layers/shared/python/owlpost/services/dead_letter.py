"""The dead-letter queue, for messages that a function gives up itself instead of letting SQS count receives."""

from owlpost.domain import correlation
from owlpost.domain.queue_names import dead_letter
from owlpost.domain.value import dataclass
from owlpost.observability import count, logger
from owlpost.queue import Queues
from owlpost.queue_messages import Message, Received


@dataclass(frozen=True, slots=True)
class DeadLetterSink:
    """The dead-letter queue of the queue `name`."""

    queues: Queues
    name: str

    def keep(self, message: Received, reason: str, correlation_id: str | None = None) -> bool:
        """Keep the message unchanged, with the reason in its attribute `error`. False if the queue did not take it."""
        called = correlation_id or message.correlation_id
        kept = Message(message.body, attributes={"error": reason, correlation.FIELD: called})
        if self.queues.send(dead_letter(self.name), [kept]):
            return False  # it comes back, and is counted once it has been kept
        logger().warning(
            "dead letter",
            extra={correlation.FIELD: called, "queue": self.name, "message_id": message.id, "reason": reason},
        )
        count("DeadLettered", channel=self.name)
        return True
