"""The floor: a bare loop on `h2`, the work of an afternoon."""

import asyncio
from collections.abc import Sequence
from typing import cast

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import DataReceived, Event, RemoteSettingsChanged, ResponseReceived, StreamEnded

from infra.local.providers.listener import LOOPBACK
from owlpost.channels.http2.exchange import Call
from owlpost.channels.http2.request_encoder import RequestEncoder
from tests.bench.figures import Run, Stopwatch
from tests.bench.push_servers import PushServer


class TunedH2(H2Connection):
    """h2 as the channel had it before it had a core of its own: it does not count its streams one by one.

    Header names and values are ours, so they are neither validated nor normalised on the way out.
    """

    def __init__(self) -> None:
        super().__init__(H2Configuration(validate_outbound_headers=False, normalize_outbound_headers=False))
        self.encoder = RequestEncoder()

    @property
    def open_outbound_streams(self) -> int:
        """At most so many streams are open.

        h2 walks all streams to count them, on each request. Only when closed ones have piled up to the limit is the walk, which
        also forgets them, worth it.
        """
        bound = len(self.streams)
        return bound if bound < self.remote_settings.max_concurrent_streams else super().open_outbound_streams


class Refused(Exception):
    """A server returned no success, so there is nothing to measure."""


class BareLoop(asyncio.Protocol):
    """Keeps this many streams open. It writes once after each read.

    It stores no answers and handles no deadline, flow control, refused stream or lost connection.
    """

    def __init__(self, calls: Sequence[Call], limit: int, http2: H2Connection) -> None:
        self._calls = iter(calls)
        self._limit = limit
        self._open = 0
        self._unanswered = len(calls)
        self._http2 = http2
        self.ready = asyncio.Event()
        self._ended = asyncio.Event()

    async def push(self) -> None:
        self._send()
        await self._ended.wait()
        if self._unanswered:
            raise Refused(f"{self._unanswered} pushes have no answer")

    def close(self) -> None:
        self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._http2.initiate_connection()
        self._transport.write(self._http2.data_to_send())

    def data_received(self, data: bytes) -> None:
        for event in self._http2.receive_data(data):
            self._take(event)
        if self._unanswered:
            self._send()
        else:
            self._ended.set()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 (asyncio's signature)
        self.ready.set()
        self._ended.set()

    def _take(self, event: Event) -> None:
        if isinstance(event, ResponseReceived):
            if dict(event.headers)[b":status"] != b"200":
                raise Refused(event.headers)
        elif isinstance(event, DataReceived):
            self._http2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        elif isinstance(event, StreamEnded):
            self._open -= 1
            self._unanswered -= 1
        elif isinstance(event, RemoteSettingsChanged):
            self.ready.set()

    def _send(self) -> None:
        http2 = self._http2
        limit = min(self._limit, http2.remote_settings.max_concurrent_streams) if self.ready.is_set() else 0
        while self._open < limit and (call := next(self._calls, None)):
            self._open += 1
            stream_id = http2.get_next_available_stream_id()
            http2.send_headers(stream_id, call.headers)
            http2.send_data(stream_id, call.body, end_stream=True)
        self._transport.write(http2.data_to_send())


async def by_bare_h2(server: PushServer, calls: Sequence[Call], in_flight: int, http2: H2Connection) -> Run:
    _, loop = await asyncio.get_running_loop().create_connection(
        lambda: BareLoop(calls, in_flight, http2), LOOPBACK, server.port, ssl=server.tls(), server_hostname=LOOPBACK
    )
    await loop.ready.wait()
    with Stopwatch() as watch:
        await loop.push()
    loop.close()
    return watch.run(len(calls))
