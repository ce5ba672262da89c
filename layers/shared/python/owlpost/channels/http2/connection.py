"""One HTTP/2 connection. It sends as many calls as the server's settings allow, in one write per turn of the loop."""

import asyncio
import time
from collections.abc import Sequence
from typing import cast

from h2.errors import ErrorCodes

from owlpost import observability
from owlpost.channels.http2.engine import Http2
from owlpost.channels.http2.exchange import Call, Exchange, Header, Response
from owlpost.channels.http2.frames import Http2Fault
from owlpost.channels.provider_answer import storable
from owlpost.domain.errors import TransientFault
from owlpost.domain.reasons import Reason


class PushConnection(asyncio.Protocol):
    """Takes calls from an exchange's queue while it is `usable`. Gives back those that the server surely did not process.

    `limit` is our own bound on calls in flight, beside the server's.
    """

    def __init__(self, *, limit: int) -> None:
        self._loop = asyncio.get_running_loop()
        self._http2 = Http2(self)
        self._limit = limit
        self._in_flight: dict[int, Call] = {}
        self._blocked: dict[int, memoryview] = {}
        self._exchange: Exchange | None = None
        self._pong: asyncio.Future[bool] | None = None
        self._proven = True
        self._opened: asyncio.Future[None] = self._loop.create_future()
        self.usable = True
        self.lost = False
        #: What GOAWAY said.
        self.farewell = b""
        self._heard_at = time.time()
        self._heard = 0.0

    async def ready(self) -> None:
        """Wait for the server's settings. Raises OSError if the server closes the connection; drops it if cancelled."""
        try:
            await self._opened
        except BaseException:
            self.abort()
            raise

    def idle_seconds(self) -> float:
        """Return the seconds of silence by the wall clock: a monotonic clock may stop in a frozen sandbox."""
        return time.time() - self._heard_at

    def serve(self, exchange: Exchange) -> None:
        """Send the exchange's queue, and more of it as answers come in."""
        self._exchange = exchange
        self._pump()

    async def alive(self, seconds: float) -> bool:
        """Send a PING. True if the server replies within `seconds`."""
        self._pong = self._loop.create_future()
        self._http2.ping(b"owlpost?")
        self._flush()
        try:
            async with asyncio.timeout(seconds):
                return self.usable and await self._pong
        except TimeoutError:
            return False

    def expire(self, seconds: float) -> None:
        """End calls that waited this long for an answer. Give up a connection that was silent all that time."""
        before = self._loop.time() - seconds
        for stream_id, call in list(self._in_flight.items()):  # oldest first
            if call.sent_at > before:
                break
            if self._heard < call.sent_at:
                self.abort()
                return
            self._reset(stream_id)
            self._settle(stream_id, call.fail(Reason.TIMEOUT))
        self._pump()

    def abandon(self) -> None:
        """Forget the calls in flight: their exchange has ended."""
        for stream_id in self._in_flight:
            self._reset(stream_id)
        self._in_flight.clear()
        self._blocked.clear()
        self._exchange = None
        self._proven = False
        self._flush()
        if not self.usable and not self._transport.is_closing():  # closed twice, Python 3.11.2 could not abort it
            self._transport.close()

    def abort(self) -> None:
        """Drop the connection at once."""
        self._transport.abort()
        self._lose()

    # What the event loop tells us

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._http2.greet()
        self._flush()

    def data_received(self, data: bytes) -> None:
        self._heard_at, self._heard, self._proven = time.time(), self._loop.time(), True
        try:
            self._http2.receive(data)
            self._pump()
        except Http2Fault as fault:
            observability.logger().warning("the server broke a rule of HTTP/2", extra={"error": str(fault)})
            self._flush()
            self.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost = True
        if not self._opened.done():
            self._opened.set_exception(exc or ConnectionError("closed before the server's settings came"))
        if self._pong and not self._pong.done():
            self._pong.set_result(False)
        self._lose()

    def _lose(self) -> None:
        self._retire()
        lost, self._in_flight = list(self._in_flight.values()), {}
        self._blocked.clear()
        if not self._exchange:
            return
        if not self._proven:
            # Dead since before our first write after a pause: most likely nobody was there to read it.
            self._exchange.give_back(lost, doubted=True)
            return
        for call in lost:
            self._exchange.settle(call, call.fail(Reason.CONNECTION_LOST))

    # What the server tells us

    def began(self, stream_id: int, fields: Sequence[Header]) -> None:
        if call := self._in_flight.get(stream_id):
            call.begin(fields)

    def went_on(self, stream_id: int, data: bytes) -> None:
        if call := self._in_flight.get(stream_id):
            call.extend(data)

    def ended(self, stream_id: int) -> None:
        call = self._in_flight.get(stream_id)
        if not call or not call.response:
            return
        if self._blocked.pop(stream_id, None):  # answered before we had said it all
            self._reset(stream_id)
        self._settle(stream_id, call.response)

    def settings_changed(self) -> None:
        if not self._opened.done():
            self._opened.set_result(None)

    def ponged(self) -> None:
        if self._pong and not self._pong.done():
            self._pong.set_result(True)

    def was_reset(self, stream_id: int, code: int) -> None:
        call = self._in_flight.get(stream_id)
        if not call:
            return
        if code == ErrorCodes.REFUSED_STREAM and call.may_be_refused():
            self._unprocessed([stream_id])
        else:
            call.sent = code != ErrorCodes.REFUSED_STREAM
            self._settle(stream_id, call.fail(Reason.STREAM_RESET))

    def went_away(self, last_stream_id: int, code: int, says: bytes) -> None:
        """Handle GOAWAY: streams above the last one were not processed, the others still get an answer."""
        self.farewell = says
        readable = storable(says.decode("utf-8", "replace"))
        observability.logger().info("the server ends a connection", extra={"code": code, "says": readable})
        self._retire()
        self._unprocessed([each for each in self._in_flight if each > last_stream_id])

    def _unprocessed(self, stream_ids: list[int]) -> None:
        calls = [self._in_flight.pop(stream_id) for stream_id in stream_ids]
        for stream_id, call in zip(stream_ids, calls, strict=True):
            self._blocked.pop(stream_id, None)
            call.sent, call.response = False, None
        if calls and self._exchange:
            self._exchange.give_back(calls)

    # What we send

    def _pump(self) -> None:
        for stream_id, rest in list(self._blocked.items()):
            self._send_body(stream_id, rest)
        if self._exchange and self.usable:
            queue = self._exchange.queue
            limit = min(self._limit, self._http2.max_concurrent_streams)
            while queue and len(self._in_flight) < limit and not self._blocked:
                if self._http2.exhausted:
                    self._retire()
                    break
                self._open(queue.popleft())
        self._flush()
        if not self.usable and not self._in_flight and not self._transport.is_closing():
            self._transport.close()

    def _open(self, call: Call) -> None:
        stream_id = self._http2.open(call.headers)
        self._in_flight[stream_id] = call
        call.sent, call.sent_at = True, self._loop.time()
        self._send_body(stream_id, memoryview(call.body))

    def _send_body(self, stream_id: int, rest: memoryview) -> None:
        """Send as much as the server's flow-control windows allow. The rest waits in `_blocked`."""
        if rest := self._http2.send_body(stream_id, rest):
            self._blocked[stream_id] = rest
        else:
            self._blocked.pop(stream_id, None)

    def _flush(self) -> None:
        if data := self._http2.data_to_send():
            self._transport.write(data)

    def _reset(self, stream_id: int) -> None:
        self._http2.reset(stream_id)

    def _settle(self, stream_id: int, answer: Response | TransientFault) -> None:
        call = self._in_flight.pop(stream_id)
        self._blocked.pop(stream_id, None)
        if self._exchange:
            self._exchange.settle(call, answer)

    def _retire(self) -> None:
        if self.usable:
            self.usable = False
            if self._exchange:
                self._exchange.notify()
