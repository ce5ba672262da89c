"""What lets an idle database pause: a scheduled sweep first looks at a queue, and a message there says that work may be left.

Whatever leaves a delivery pending or a chunk unwritten arms a wakeup before it commits. The message is seen only once that
is committed, and the sweep that takes it away has either found nothing left or put a fresh one in its place. So no row needs
a message of its own, retries that last for hours need none, and an empty queue says that there is nothing to look for.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from owlpost.domain.clock import Clock
from owlpost.domain.queue_names import WAKEUP
from owlpost.observability import count, logger
from owlpost.queue import AWAY, Queues
from owlpost.queue_messages import Message

BODY = "pending"
#: One message stands for all that a sandbox commits in the next minute.
COALESCED = timedelta(minutes=1)
#: Longer than that and the timeout of any function that arms together: what a visible message stands for is committed.
DELAY = timedelta(minutes=10)
#: After a run that saw work left, which is committed then: in time for the next run, five minutes later.
AGAIN = timedelta(minutes=4)
#: Taken in one run. A sandbox sends one a minute, and what is left over brings the next run.
MOST = 1_000


@dataclass(slots=True)
class Wakeup:
    """One for each sandbox. `now` is the wall clock: a monotonic one may stand still while the sandbox is frozen."""

    queues: Queues
    now: Clock
    _armed_at: datetime | None = field(default=None, init=False)

    def arm(self) -> None:
        """See to it that a sweep comes by. Call it before the commit that may leave work, with no transaction open.

        A queue that is away refuses no producer: that is logged and counted, and the next call tries again.
        """
        now = self.now()
        if self._armed_at is not None and timedelta() <= now - self._armed_at < COALESCED:
            return
        if self._send(DELAY):
            self._armed_at = now

    def again(self) -> bool:
        """Have the next sweep look as well, as work is left; answer whether the queue took it."""
        return self._send(AGAIN)

    def _send(self, delay: timedelta) -> bool:
        sent = not self.queues.send(WAKEUP, [Message(BODY, delay_seconds=delay.total_seconds())])
        if not sent:
            count("WakeupNotArmed")
            logger().error("sweep was not armed: what gets lost now may wait for the daily sweep")
        return sent

    def take(self) -> list[str] | None:
        """The receipt handles of what has come due, each to be dropped or it comes back; None where the queue is away."""
        try:
            taken = self.queues.receive(WAKEUP, limit=MOST, hidden_seconds=None)
        except AWAY as error:
            logger().warning("wakeup queue is away", extra={"error": str(error)})
            return None
        return [message.receipt_handle for message in taken]

    def drop(self, receipt_handles: Sequence[str]) -> None:
        """These stand for nothing any more, or a fresh one does it for them; what is not deleted costs one sweep more."""
        try:
            self.queues.delete(WAKEUP, receipt_handles)
        except AWAY as error:
            logger().warning("wakeups were not deleted", extra={"error": str(error)})
