"""What goes over a push connection: calls, their answers, and the exchange that waits until each call has one."""

import asyncio
import contextlib
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from owlpost.domain.errors import TransientFault

Header: TypeAlias = tuple[bytes, bytes]


@dataclass(slots=True)
class Response:
    """An HTTP answer; header names are lower-case bytes, as HTTP/2 has them. `doubted` is that of its call."""

    status: int
    headers: Mapping[bytes, bytes]
    body: bytes = b""
    doubted: bool = False


@dataclass(slots=True)
class Call:
    """One request on its way, and in the end its answer.

    `sent` tells whether the server may have acted on it: true from the first byte written, false again once the server has said
    that it did not process the stream. `doubted` tells that an earlier connection was lost with it: what is answered now says
    nothing of that. `response` is the answer as far as it has arrived.
    """

    headers: Sequence[Header]
    body: bytes
    answer: Response | TransientFault | None = None
    sent: bool = False
    doubted: bool = False
    sent_at: float = 0.0
    refusals: int = 0
    response: Response | None = field(default=None, repr=False)

    def begin(self, headers: Iterable[Header]) -> None:
        """Take the head of the response."""
        fields = dict(headers)
        self.response = Response(int(fields[b":status"]), fields, doubted=self.doubted)

    def extend(self, data: bytes) -> None:
        """Take a part of the response's body."""
        if self.response:
            self.response.body += data

    def fail(self, reason: str, message: str = "") -> TransientFault:
        """The fault that ends this call unanswered."""
        return TransientFault(reason, message, ambiguous=self.sent or self.doubted)


class Exchange:
    """Calls that are answered together: what still waits for a stream, and how many have no answer yet."""

    def __init__(self, calls: Sequence[Call]) -> None:
        self.calls = calls
        self.queue = deque(calls)
        self.unanswered = len(calls)
        self._news = asyncio.Event()

    def settle(self, call: Call, answer: Response | TransientFault) -> None:
        """Give a call its answer; the first one stands."""
        if call.answer is None:
            call.answer = answer
            self.unanswered -= 1
            if not self.unanswered:
                self._news.set()

    def give_back(self, calls: Sequence[Call], *, doubted: bool = False) -> None:
        """Queue calls again, ahead of those that have not been sent yet."""
        for call in calls:
            call.doubted |= doubted
        self.queue.extendleft(reversed(calls))
        self._news.set()

    def fail_queued(self, fault: TransientFault) -> None:
        """End the calls that no connection could be had for."""
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
        """Wake whoever waits: a connection takes no more calls."""
        self._news.set()

    async def news(self, seconds: float) -> None:
        """Wait until all is answered, calls came back or a connection retired, for so long at most."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._news.wait()
        self._news.clear()
