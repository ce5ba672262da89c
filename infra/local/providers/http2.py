"""HTTP/2 on an asyncio transport; h2 keeps the protocol's rules.

Made cheap, as a bench measures against it: one write to the transport for all that one read brought, no checks of headers we
write ourselves, and the connection's receive window replenished a megabyte at a time.
"""

import asyncio
from dataclasses import dataclass, field
from typing import cast

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import ConnectionTerminated, DataReceived, Event, RequestReceived, StreamEnded, StreamReset
from h2.exceptions import ProtocolError
from h2.settings import SettingCodes, Settings

from infra.local.providers.exchange import Answer, Application, Conduct, Request, cut, drip

STREAM_WINDOW = 1 << 20
CONNECTION_WINDOW = 1 << 24
GOAWAY_REASON = b'{"reason":"Shutdown"}'


@dataclass(slots=True)
class Incoming:
    """A request of which not all has come."""

    headers: dict[str, str]
    body: bytearray = field(default_factory=bytearray)


class Http2(asyncio.Protocol):
    """One connection; with `proves_first` it takes one stream until a request with a good provider token was answered."""

    def __init__(self, application: Application, *, max_streams: int, proves_first: bool = False) -> None:
        self._application = application
        self._max_streams = max_streams
        self._unproven = proves_first
        self._incoming: dict[int, Incoming] = {}
        self._last_processed = 0
        self._unacknowledged = 0
        self._held = False  # an answer is dripping: the others wait in h2's buffer
        self._flush_due = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._loop = asyncio.get_running_loop()
        self._connection = _new_connection(self._max_streams)
        self._connection.initiate_connection()
        self._connection.increment_flow_control_window(CONNECTION_WINDOW)
        if self._unproven:
            self._connection.update_settings({SettingCodes.MAX_CONCURRENT_STREAMS: 1})
        self._flush()

    def data_received(self, data: bytes) -> None:
        try:
            for event in self._connection.receive_data(data):
                self._take(event)
                if self._transport.is_closing():
                    return
        except ProtocolError:
            self._flush()
            self._transport.close()
            return
        self._flush()

    def _take(self, event: Event) -> None:
        match event:
            case RequestReceived():
                headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in event.headers}
                self._incoming[event.stream_id] = Incoming(headers)
            case DataReceived():
                self._receive(event)
            case StreamEnded() if incoming := self._incoming.pop(event.stream_id, None):
                self._respond(event.stream_id, self._application(_request(incoming)))
            case StreamReset():
                self._incoming.pop(event.stream_id, None)
            case ConnectionTerminated():
                self._transport.close()

    def _receive(self, event: DataReceived) -> None:
        if incoming := self._incoming.get(event.stream_id):
            incoming.body += event.data
        self._unacknowledged += event.flow_controlled_length
        if self._unacknowledged >= STREAM_WINDOW:
            self._connection.increment_flow_control_window(self._unacknowledged)
            self._unacknowledged = 0

    def _respond(self, stream_id: int, answer: Answer) -> None:
        if answer.conduct is Conduct.GOAWAY:
            self._go_away()
            return
        self._last_processed = max(self._last_processed, stream_id)
        if answer.conduct is Conduct.CUT:
            cut(self._transport)
        elif answer.conduct is Conduct.DRIP:
            self._drip(stream_id, answer)
        elif answer.conduct is Conduct.SEND and answer.delay:
            self._loop.call_later(answer.delay, self._send_late, stream_id, answer)
        elif answer.conduct is Conduct.SEND:
            self._send(stream_id, answer)

    def _send(self, stream_id: int, answer: Answer) -> None:
        headers = [(":status", str(answer.status)), *answer.headers]
        try:
            self._connection.send_headers(stream_id, headers, end_stream=not answer.body)
            if answer.body:
                self._connection.send_data(stream_id, answer.body, end_stream=True)
        except ProtocolError:  # the client reset the stream or left meanwhile
            return
        if self._unproven and answer.status != 403:
            self._unproven = False
            self._connection.update_settings({SettingCodes.MAX_CONCURRENT_STREAMS: self._max_streams})

    def _send_late(self, stream_id: int, answer: Answer) -> None:
        self._send(stream_id, answer)
        if not self._flush_due:
            self._flush_due = True
            self._loop.call_soon(self._flush)

    def _drip(self, stream_id: int, answer: Answer) -> None:
        self._flush()
        self._send(stream_id, answer)
        if not self._held:
            self._held = True
            drip(self._transport, self._connection.data_to_send(), delay=answer.delay, then=self._release)

    def _release(self) -> None:
        self._held = False
        self._flush()

    def _go_away(self) -> None:
        self._connection.close_connection(additional_data=GOAWAY_REASON, last_stream_id=self._last_processed)
        self._held = False
        self._flush()
        self._transport.close()

    def _flush(self) -> None:
        self._flush_due = False
        if not self._held and not self._transport.is_closing() and (data := self._connection.data_to_send()):
            self._transport.write(data)


def _new_connection(max_streams: int) -> H2Connection:
    """Return the server's side of a connection that states its settings, without the checks that only cost time here."""
    configuration = H2Configuration(
        client_side=False,
        header_encoding=None,
        validate_outbound_headers=False,
        normalize_outbound_headers=False,
        normalize_inbound_headers=False,
    )
    connection = H2Connection(configuration)
    connection.local_settings = Settings(
        client=False,
        initial_values={
            SettingCodes.MAX_CONCURRENT_STREAMS: max_streams,
            SettingCodes.INITIAL_WINDOW_SIZE: STREAM_WINDOW,
            SettingCodes.MAX_HEADER_LIST_SIZE: 16_384,
        },
    )
    return connection


def _request(incoming: Incoming) -> Request:
    headers = incoming.headers
    return Request(headers[":method"], headers[":path"], headers, bytes(incoming.body))
