"""Calls, their answers, and the exchange that waits until each call has an answer."""

import asyncio
import contextlib
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from typing import TypeAlias

from owlpost.channels.provider_answer import LARGEST_BODY
from owlpost.domain.errors import TransientFault
from owlpost.domain.value import dataclass

#: A server that refuses a stream has not processed it. More refusals of one call than this are no accident.
REFUSALS = 3

Header: TypeAlias = tuple[bytes, bytes]


@dataclass(slots=True)
class Response:
    """An HTTP response. Header names are lower-case bytes. `doubted` is copied from its call."""

    status: int
    headers: Mapping[bytes, bytes]
    body: bytes = b""
    doubted: bool = False


@dataclass(slots=True)
class Call:
    """One request, and its answer once there is one.

    `sent`: the server may have acted on it. True from the first byte written, false again once the server says that it did not
    process the stream. `doubted`: an earlier connection was lost with this call in flight, and the answer to the repeat does
    not tell whether that earlier one was processed. `response`: the part of the answer that has arrived.
    """

    headers: Sequence[Header]
    body: bytes
    answer: Response | TransientFault | None = None
    sent: bool = False
    doubted: bool = False
    sent_at: float = 0.0
    refusals: int = 0
    response: Response | None = field(default=None, repr=False)

    def may_be_refused(self) -> bool:
        """Count a refused stream. True if the call may be sent once more."""
        self.refusals += 1
        return self.refusals <= REFUSALS

    def begin(self, headers: Iterable[Header]) -> None:
        """Note status and headers of the response."""
        fields = dict(headers)
        self.response = Response(int(fields[b":status"]), fields, doubted=self.doubted)

    def extend(self, data: bytes) -> None:
        """Add a part of the body of the response. What exceeds LARGEST_BODY by more than a byte is dropped."""
        if self.response:
            self.response.body += data[: LARGEST_BODY + 1 - len(self.response.body)]

    def fail(self, reason: str, message: str = "") -> TransientFault:
        """Return the fault for this call without an answer."""
        return TransientFault(reason, message, ambiguous=self.sent or self.doubted)


class Exchange:
    """Calls that are sent together: a queue of those without a stream, and the number without an answer."""

    def __init__(self, calls: Sequence[Call]) -> None:
        self.calls = calls
        self.queue = deque(calls)
        self.unanswered = len(calls)
        self._news = asyncio.Event()

    def settle(self, call: Call, answer: Response | TransientFault) -> None:
        """Set the answer of a call; only the first one counts."""
        if call.answer is None:
            call.answer = answer
            self.unanswered -= 1
            if not self.unanswered:
                self._news.set()

    def give_back(self, calls: Sequence[Call], *, doubted: bool = False) -> None:
        """Queue calls again, before those that were never sent."""
        for call in calls:
            call.doubted |= doubted
        self.queue.extendleft(reversed(calls))
        self._news.set()

    def fail_queued(self, fault: TransientFault) -> None:
        """End the queued calls: no connection is available."""
        while self.queue:
            call = self.queue.popleft()
            self.settle(call, call.fail(fault.reason, str(fault)))

    def fail_rest(self, reason: str) -> None:
        """End every call that has no answer."""
        self.queue.clear()
        for call in self.calls:
            if call.answer is None:
                self.settle(call, call.fail(reason))

    def notify(self) -> None:
        """Wake the waiting exchange: a connection accepts no more calls."""
        self._news.set()

    async def news(self, seconds: float) -> None:
        """Wait up to `seconds` until all calls are answered, some were given back, or a connection retired."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._news.wait()
        self._news.clear()
