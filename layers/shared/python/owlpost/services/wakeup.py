"""Let an idle database pause: a scheduled sweep looks for a wakeup message first, and connects only if there is one.

Each transaction that may leave a delivery pending or a chunk unwritten arms a wakeup before it begins. The message becomes
visible only after the commit. The sweep that deletes it has either found no work left or has sent a new one. So one message
stands for many rows, retries over hours need no message of their own, and an empty queue means that no work is left.
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
#: One message covers everything that a sandbox commits in the next minute.
COALESCED = timedelta(minutes=1)
#: Longer than COALESCED and the timeout of any arming function together: a visible message's work is committed.
DELAY = timedelta(minutes=10)
#: Delay after a run that saw work left: the message is visible at the next run, five minutes later.
AGAIN = timedelta(minutes=4)
#: Messages received in one run. A sandbox sends one a minute; a message that is left over causes the next run.
MOST = 1_000


@dataclass(slots=True)
class Wakeup:
    """The wakeups of one sandbox. `now` is the wall clock: a monotonic clock may stop while the sandbox is frozen."""

    queues: Queues
    now: Clock
    _armed_at: datetime | None = field(default=None, init=False)

    def arm(self) -> None:
        """Make sure that a sweep runs. Call it before a transaction that may leave work, with no transaction open.

        If SQS does not take the message, that is logged and counted, and the next call tries again; nothing is raised.
        """
        now = self.now()
        if self._armed_at is not None and timedelta() <= now - self._armed_at < COALESCED:
            return
        if self._send(DELAY):
            self._armed_at = now

    def again(self) -> bool:
        """Arm another wakeup because work remains. Return False if SQS did not take it."""
        return self._send(AGAIN)

    def _send(self, delay: timedelta) -> bool:
        sent = not self.queues.send(WAKEUP, [Message(BODY, delay_seconds=delay.total_seconds())])
        if not sent:
            count("WakeupNotArmed")
            logger().error("sweep was not armed: work that gets lost now may wait for the daily sweep")
        return sent

    def take(self) -> list[str] | None:
        """Receive the wakeups that are due. Return their receipt handles for `drop`; None if SQS did not answer."""
        try:
            taken = self.queues.receive(WAKEUP, limit=MOST, hidden_seconds=None)
        except AWAY as error:
            logger().warning("wakeup queue is away", extra={"error": str(error)})
            return None
        return [message.receipt_handle for message in taken]

    def drop(self, receipt_handles: Sequence[str]) -> None:
        """Delete received wakeups, once no work is left or a new one was sent. One that stays costs one more sweep."""
        try:
            self.queues.delete(WAKEUP, receipt_handles)
        except AWAY as error:
            logger().warning("wakeups were not deleted", extra={"error": str(error)})
