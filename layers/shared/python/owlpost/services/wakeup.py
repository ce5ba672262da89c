"""Let an idle database pause: a scheduled sweep looks for a wakeup message first, and connects only if there is one.

Each transaction that may leave a delivery pending or a chunk unwritten arms a wakeup before it begins. The message becomes
visible only after the commit. The sweep that deletes it has either found no work left or has sent a new one. So one message
stands for many rows, retries over hours need no message of their own, and an empty queue means that no work is left.

Work that waits by a rule, such as a mail for Monday, leaves a wakeup that names its time. Until then the database sleeps.
"""

from collections.abc import Sequence
from dataclasses import field
from datetime import datetime, timedelta

from owlpost.domain import json_values
from owlpost.domain.clock import Clock
from owlpost.domain.errors import InvalidRequest
from owlpost.domain.moments import moment
from owlpost.domain.queue_names import WAKEUP
from owlpost.domain.value import dataclass
from owlpost.observability import count, logger
from owlpost.queue import AWAY, Queues
from owlpost.queue_messages import MAX_DELAY_SECONDS, Message

BODY = "pending"
#: One message covers everything that a sandbox commits in the next minute.
COALESCED = timedelta(minutes=1)
#: Longer than COALESCED and the timeout of any arming function together: a visible message's work is committed.
DELAY = timedelta(minutes=10)
#: Delay after a run that saw work left: the message is visible at the next run, five minutes later.
AGAIN = timedelta(minutes=4)
#: How long before work comes due its sweep may run: it queues with a delay what comes due within the longest one.
AHEAD = timedelta(minutes=12)
LONGEST_DELAY = timedelta(seconds=MAX_DELAY_SECONDS)
#: Messages received in one run. A sandbox sends one a minute; a message that is left over causes the next run.
MOST = 1_000


@dataclass(frozen=True, slots=True)
class Woken:
    """A wakeup that was received. Nothing has to be looked at before `not_before`; None if it is to be done now."""

    receipt_handle: str
    not_before: datetime | None = None


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

    def later(self, due: datetime) -> bool:
        """Arm a wakeup for work that comes due then, and that nothing has to look at before. False if SQS did not take it.

        It names its time: a run that receives it earlier sends it on, without a look at the database.
        """
        at = due - AHEAD
        body = json_values.compact({"not_before": at.isoformat()})
        return self._send(min(max(at - self.now(), timedelta()), LONGEST_DELAY), body)

    def _send(self, delay: timedelta, body: str = BODY) -> bool:
        sent = not self.queues.send(WAKEUP, [Message(body, delay_seconds=delay.total_seconds())])
        if not sent:
            count("WakeupNotArmed")
            logger().error("sweep was not armed: work that gets lost now may wait for the daily sweep")
        return sent

    def take(self) -> list[Woken] | None:
        """Receive the wakeups that are visible; None if SQS did not answer."""
        try:
            taken = self.queues.receive(WAKEUP, limit=MOST, hidden_seconds=None)
        except AWAY as error:
            logger().warning("wakeup queue is away", extra={"error": str(error)})
            return None
        return [Woken(message.receipt_handle, _time_in(message.body)) for message in taken]

    def drop(self, woken: Sequence[Woken]) -> None:
        """Delete received wakeups, once no work is left or a new one was sent. One that stays costs one more sweep."""
        try:
            self.queues.delete(WAKEUP, [each.receipt_handle for each in woken])
        except AWAY as error:
            logger().warning("wakeups were not deleted", extra={"error": str(error)})


def _time_in(body: str) -> datetime | None:
    """Return the time that a wakeup names; None for one that names none, or that nobody can read."""
    if body == BODY:
        return None
    try:
        value = json_values.parse(body)
    except InvalidRequest:
        return None
    return moment(value.get("not_before")) if isinstance(value, dict) else None
