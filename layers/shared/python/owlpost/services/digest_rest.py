"""Let the database sleep between digests: a scheduled run looks at a queue first, and connects only if a digest can be due.

After each look the digest leaves a message that names the hour before which nothing can be due. Whoever learns that this is no
longer so sends another, which asks for a look. A queue that is empty or away means a look, so a lost message costs a connection
and silences nobody.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from owlpost.domain import json_values
from owlpost.domain.errors import InvalidRequest
from owlpost.domain.queue_names import DIGEST
from owlpost.domain.value import dataclass
from owlpost.observability import count, logger
from owlpost.queue import AWAY, Queues
from owlpost.queue_messages import Message

if TYPE_CHECKING:
    from owlpost.queue_messages import Received

LOOK = "look"
#: Messages received in one run; what is left over asks for a look in the next.
MOST = 1_000


@dataclass(frozen=True, slots=True)
class Known:
    """What the queue says: the first hour at which a digest can be due, None for a look now, and the messages that said so."""

    rests_until: int | None
    messages: Sequence["Received"] = ()


@dataclass(frozen=True, slots=True)
class DigestRest:
    queues: Queues

    def ask(self) -> None:
        """Have the next run look. Call it after the commit of what may make a digest due; nothing is raised."""
        if self.queues.send(DIGEST, [Message(LOOK)]):
            count("WakeupNotArmed")
            logger().error("the digest was not asked to look: one that became due may wait for the daily look")

    def known(self) -> Known:
        """Receive what the queue says. Of several hours the first counts: each was true when it was sent."""
        try:
            messages = self.queues.receive(DIGEST, limit=MOST, hidden_seconds=None)
        except AWAY as error:
            logger().warning("digest queue is away", extra={"error": str(error)})
            return Known(None)
        hours = [_hour_in(each.body) for each in messages]
        rests = [hour for hour in hours if hour is not None]
        return Known(min(rests) if rests and len(rests) == len(hours) else None, messages)

    def rest(self, known: Known, *, until: int) -> None:
        """After a look: rest until that hour. What led to the look goes once SQS has taken this, else the next run looks."""
        if self.queues.send(DIGEST, [Message(json_values.compact({"rests_until": until}))]):
            return
        try:
            self.queues.delete(DIGEST, [each.receipt_handle for each in known.messages])
        except AWAY as error:
            logger().warning("messages to the digest were not deleted", extra={"error": str(error)})


def _hour_in(body: str) -> int | None:
    """Return the hour that a message rests until; None for one that asks for a look, or that nobody can read."""
    if body == LOOK:
        return None
    try:
        value = json_values.parse(body)
    except InvalidRequest:
        return None
    hour = value.get("rests_until") if isinstance(value, dict) else None
    return hour if isinstance(hour, int) else None
