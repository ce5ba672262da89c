"""What a client of HTTP/2 hears of a server: by ours, and by h2 as its judge."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import (
    ConnectionTerminated,
    DataReceived,
    Event,
    PingAckReceived,
    RemoteSettingsChanged,
    ResponseReceived,
    StreamEnded,
    StreamReset,
)
from h2.exceptions import ProtocolError

from owlpost.channels.http2.engine import Http2
from owlpost.channels.http2.exchange import Header
from owlpost.channels.http2.frames import Http2Fault

REQUEST = ((b":method", b"POST"), (b":scheme", b"https"), (b":authority", b"localhost"), (b":path", b"/3"))


@dataclass
class Heard:
    """What was heard, a listener of ours as well. `refused`: the connection is over, as the server broke a rule."""

    fields: dict[int, list[Header]] = field(default_factory=dict)
    bodies: dict[int, bytes] = field(default_factory=dict)
    ends: list[int] = field(default_factory=list)
    resets: list[tuple[int, int]] = field(default_factory=list)
    farewells: list[tuple[int, int, bytes]] = field(default_factory=list)
    settings: int = 0
    pongs: int = 0
    refused: bool = False

    def began(self, stream_id: int, fields: Sequence[Header]) -> None:
        self.fields[stream_id] = [(bytes(name), bytes(value)) for name, value in fields]

    def went_on(self, stream_id: int, data: bytes) -> None:
        self.bodies[stream_id] = self.bodies.get(stream_id, b"") + data

    def ended(self, stream_id: int) -> None:
        self.ends.append(stream_id)

    def was_reset(self, stream_id: int, code: int) -> None:
        self.resets.append((stream_id, code))

    def settings_changed(self) -> None:
        self.settings += 1

    def ponged(self) -> None:
        self.pongs += 1

    def went_away(self, last_stream_id: int, code: int, says: bytes) -> None:
        self.farewells.append((last_stream_id, code, says))

    def take(self, event: Event) -> None:
        match event:
            case ResponseReceived():
                self.began(event.stream_id, event.headers)
            case DataReceived():
                self.went_on(event.stream_id, event.data)
            case StreamEnded():
                self.ended(event.stream_id)
            case StreamReset():
                self.was_reset(event.stream_id, event.error_code)
            case RemoteSettingsChanged():
                self.settings_changed()
            case PingAckReceived():
                self.ponged()
            case ConnectionTerminated():
                self.went_away(event.last_stream_id or 0, int(event.error_code or 0), event.additional_data or b"")


def by_ours(said: Sequence[bytes], requests: int) -> Heard:
    """Send so many requests, and hear what the server says in these pieces."""
    heard = Heard()
    http2 = Http2(heard)
    http2.greet()
    for _ in range(requests):
        http2.send_body(http2.open(REQUEST), memoryview(b""))
    try:
        for piece in said:
            http2.receive(piece)
    except Http2Fault:
        heard.refused = True
    return heard


def by_h2(said: Sequence[bytes], requests: int) -> Heard:
    """Do the same by h2, a frame at a time, as it tells nothing of what came in one piece with a fault."""
    heard = Heard()
    http2 = H2Connection(H2Configuration(header_encoding=None))
    http2.initiate_connection()
    for number in range(requests):
        http2.send_headers(2 * number + 1, REQUEST, end_stream=True)
    try:
        for piece in said:
            for event in http2.receive_data(piece):
                heard.take(event)
    except ProtocolError:
        heard.refused = True
    return heard
