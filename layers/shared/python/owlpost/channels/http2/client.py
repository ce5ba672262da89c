"""The HTTP/2 client of one origin. It opens a connection when it needs one and keeps it across invocations."""

import asyncio
import ssl
from collections.abc import Sequence
from functools import cache
from urllib.parse import urlsplit

from owlpost.channels.http2.connection import PushConnection
from owlpost.channels.http2.exchange import Call, Exchange, Response
from owlpost.domain.errors import Misconfigured, TransientFault
from owlpost.domain.reasons import Reason
from owlpost.domain.value import dataclass

#: How often to look for overdue calls.
TICK_SECONDS = 0.5
#: An exchange ends after this many connections in a row without an answer.
BARREN_CONNECTIONS = 3


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait, in seconds, for a connection, for an answer and for the reply to a PING.

    A connection that was idle longer than `idle` gets a PING first: one round trip instead of up to `request` seconds lost.
    """

    connect: float = 5.0
    request: float = 10.0
    idle: float = 10.0
    ping: float = 2.0


PATIENCE = Patience()


@cache
def tls_context(ca_file: str | None = None) -> ssl.SSLContext:
    """Return a context for HTTP/2 only that trusts the system's authorities, or those in a PEM file. Raises Misconfigured.

    All connections share it: to read the authorities takes as long as a hundred pushes.
    """
    try:
        context = ssl.create_default_context(cafile=ca_file or None)
    except OSError as error:
        raise Misconfigured(f"the trusted certificates in {ca_file!r} cannot be read: {error}") from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["h2"])
    return context


class PushClient:
    """Sends calls to `origin` (`https://host:port`), at most `limit` in flight; one exchange at a time."""

    def __init__(self, origin: str, tls: ssl.SSLContext, *, limit: int, patience: Patience = PATIENCE) -> None:
        parts = urlsplit(origin)
        if parts.scheme != "https" or not parts.hostname:
            raise Misconfigured(f"{origin!r} is not an https origin")
        self._host, self._port = parts.hostname, parts.port or 443
        self.authority = parts.netloc.encode()
        self._tls = tls
        self._limit = limit
        self._patience = patience
        self._connection: PushConnection | None = None
        #: Also those that we serve no more, until TLS has said goodbye: that takes turns of a loop that may not run again.
        self._open: set[PushConnection] = set()
        #: What the last GOAWAY of the last exchange said: APNs says so why it takes no calls of ours.
        self.farewell = b""

    async def request(self, call: Call, *, deadline: float) -> Response:
        """Send one call and return its response. Raises TransientFault, ambiguous if the server may have acted on the call."""
        await self.exchange([call], deadline=deadline)
        if isinstance(call.answer, Response):
            return call.answer
        raise call.answer or call.fail(Reason.DEADLINE)

    async def exchange(self, calls: Sequence[Call], *, deadline: float) -> None:
        """Set the answer of every call, a Response or a TransientFault, by `deadline`, a time of the event loop."""
        exchange = Exchange(calls)
        self.farewell = b""
        connections: set[PushConnection] = set()
        try:
            async with asyncio.timeout_at(deadline):
                await self._run(exchange, connections)
        except TimeoutError:
            exchange.fail_rest(Reason.DEADLINE)
        finally:
            for connection in connections:
                connection.abandon()

    def close(self) -> None:
        """Drop the connections, also those that are saying goodbye. The next exchange opens another."""
        for connection in self._open:
            connection.abort()
        self._open.clear()
        self._connection = None

    async def _run(self, exchange: Exchange, connections: set[PushConnection]) -> None:
        barren, unanswered = 0, exchange.unanswered
        await self._look_after_pause()
        while exchange.unanswered:
            if exchange.queue and not (self._connection and self._connection.usable):
                barren = barren + 1 if exchange.unanswered == unanswered else 1
                unanswered = exchange.unanswered
                await self._reconnect(exchange, barren)
            if self._connection:
                connections.add(self._connection)
                self._connection.serve(exchange)
            await exchange.news(TICK_SECONDS)
            for connection in connections:
                connection.expire(self._patience.request)

    async def _look_after_pause(self) -> None:
        """Find out whether the connection still lives: the event loop did not run since the last exchange."""
        if not (self._connection and self._connection.usable):
            return
        if self._connection.idle_seconds() > self._patience.idle:
            if not await self._connection.alive(self._patience.ping):
                self.close()
            return
        for _ in range(3):  # a turn to read, one to hear of the end of the stream, one for the end of TLS
            await asyncio.sleep(0)

    async def _reconnect(self, exchange: Exchange, barren: int) -> None:
        """Open a connection. If that fails, end the queued calls; calls in flight on other connections go on."""
        if self._connection:
            self.farewell = self._connection.farewell
        try:
            if barren > BARREN_CONNECTIONS:
                raise TransientFault(Reason.CONNECTION_LOST, "several connections in a row brought no answer")  # noqa: TRY301 (both faults take one way out)
            self._connection = await self._connect()
        except TransientFault as fault:
            self._connection = None
            exchange.fail_queued(fault)

    async def _connect(self) -> PushConnection:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self._patience.connect):
                _, connection = await loop.create_connection(
                    lambda: PushConnection(limit=self._limit),
                    self._host,
                    self._port,
                    ssl=self._tls,
                    server_hostname=self._host,
                )
                self._open = {connection, *(open_ for open_ in self._open if not open_.lost)}
                await connection.ready()
        except OSError as error:  # TimeoutError and ssl.SSLError are OSErrors too
            raise TransientFault(Reason.CONNECTION_FAILED, f"{self._host}: {type(error).__name__}") from error
        return connection
