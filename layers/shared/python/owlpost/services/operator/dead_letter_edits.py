"""Send one dead request again with another body."""

from owlpost.db.operator import dead_letters
from owlpost.db.session import Database
from owlpost.domain import correlation, json_values
from owlpost.domain.errors import InvalidRequest
from owlpost.domain.hand_commands import EditDeadLetter
from owlpost.domain.message_kinds import MessageKind, kind_of
from owlpost.domain.queue_names import REQUESTS, dead_letter
from owlpost.domain.refusals import Unavailable
from owlpost.domain.requests import Cancellation, Continuation, DrainOutbox, EnqueueRequest
from owlpost.domain.value import dataclass
from owlpost.observability import logger
from owlpost.producers import happenings
from owlpost.producers.happenings import Happened
from owlpost.queue import Queues
from owlpost.queue_messages import Message, Received
from owlpost.services.operator.dead_letter_queues import DeadLetterQueues
from owlpost.services.operator.dead_requests import keyed

#: Seconds after which SQS is worth another try.
AGAIN_IN = 15


@dataclass(frozen=True, slots=True)
class Resubmitted:
    """`resubmitted` is 1, or what it would be on a dry run; `id` is the dead letter that is gone."""

    dry_run: bool
    resubmitted: int
    id: str
    body: str


@dataclass(frozen=True, slots=True)
class DeadLetterEdits:
    database: Database
    queues: Queues
    dead_letters: DeadLetterQueues

    def resubmit(self, command: EditDeadLetter) -> Resubmitted:
        """Put the edited body on the requests queue, then delete the dead letter. It is safe to repeat this.

        A body without an idempotency key gets one made from the dead letter's id: if this breaks off between the two, a repeat
        has no second effect. Raises InvalidRequest naming the field, NotFound, or Unavailable if SQS took nothing.
        """
        name = self.dead_letters.find(command.queue)
        if name != dead_letter(REQUESTS):
            raise InvalidRequest("queue", f"{name} holds ids of deliveries, not requests: owlpost redrive sends those")
        _check(command.body)
        message = self.dead_letters.take(name, command.id)
        try:
            self._require_unstored(message)
            body = keyed(command.body, message.id)
            if command.dry_run:
                return Resubmitted(dry_run=True, resubmitted=1, id=message.id, body=body)
            fresh = Message(body, attributes={correlation.FIELD: message.correlation_id})
            if self.queues.send(REQUESTS, [fresh]):
                raise Unavailable("SQS did not take the request; the dead letter is as it was", retry_after=AGAIN_IN)
            self.queues.delete(name, [message.receipt_handle])
        finally:
            # of a message that was deleted, SQS takes this without effect
            self.dead_letters.show_again(name, [message])
        logger().warning("dead letter edited and resubmitted", extra={"message_id": message.id})
        return Resubmitted(dry_run=False, resubmitted=1, id=message.id, body=body)

    def _require_unstored(self, message: Received) -> None:
        with self.database.transaction() as connection:
            stored = dead_letters.already_stored(connection, [message.id])
        if stored:
            remedy = f"owlpost dead-letters requests --discard {message.id}"
            raise InvalidRequest("id", f"this request was accepted after all, and people are told: {remedy}")


def _check(body: str) -> None:
    """Raise InvalidRequest for what enqueue would refuse."""
    value = json_values.parse(body)
    match kind_of(value):
        case MessageKind.FACT:
            happenings.announce(Happened.from_json(value))
        case MessageKind.CONTINUATION:
            Continuation.from_json(value)
        case MessageKind.NUDGE:
            DrainOutbox.from_json(value)
        case MessageKind.CANCELLATION:
            Cancellation.from_json(value)
        case MessageKind.REQUEST:
            EnqueueRequest.from_json(value)
