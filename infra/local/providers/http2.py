"""HTTP/2 on an asyncio transport, for a server whose requests and answers are small.

Built on frames and hpack, not on the h2 library: a bench measures the sender against this, and it must not be the limit. One
write to the transport answers all that one read brought.
"""

import asyncio
from collections import deque
from dataclasses import dataclass, field
from typing import cast

from hpack import Decoder, HPACKError

from infra.local.providers.exchange import Answer, Application, Conduct, Request, cut, drip
from infra.local.providers.frames import (
    ACK,
    END_HEADERS,
    END_STREAM,
    SETTING,
    ErrorCode,
    Frame,
    FrameReader,
    ProtocolViolationError,
    Setting,
    Type,
    frame,
    header_block,
    settings,
)
from infra.local.providers.stream_limits import StreamLimits

STREAM_WINDOW = 1 << 20
CONNECTION_WINDOW = 1 << 24
DEFAULT_WINDOW = 65_535


@dataclass(slots=True)
class Incoming:
    """An incomplete request."""

    ends: bool
    block: bytes
    headers: dict[str, str] = field(default_factory=dict)
    body: bytearray = field(default_factory=bytearray)


class Http2(asyncio.Protocol):
    """One connection.

    With `narrows` it takes one stream until it has accepted a request, then `max_streams`, and after each refused request one
    again, as APNs does (openradar 27870881, pushy#732). `complaint` is what GOAWAY says to a client that opens too many.
    """

    def __init__(self, application: Application, *, max_streams: int, complaint: str, narrows: bool = False) -> None:
        self._application = application
        self._max_streams = max_streams
        self._complaint = complaint.encode()
        self._narrows = narrows
        self._limits = StreamLimits(1 if narrows else max_streams)
        self._reader = FrameReader()
        self._decoder = Decoder()
        self._incoming: dict[int, Incoming] = {}
        self._unanswered: set[int] = set()
        self._last_seen = self._last_processed = 0
        self._received = 0
        self._window = DEFAULT_WINDOW
        self._waiting: deque[tuple[int, bytes]] = deque()  # bodies that wait for room in the client's window
        self._output: list[bytes] = []
        self._held = False  # an answer is dripping: the others wait
        self._flush_due = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the settings. The receive windows are so large that no push waits for them."""
        self._transport = cast("asyncio.Transport", transport)
        self._loop = asyncio.get_running_loop()
        stated = [(Setting.MAX_CONCURRENT_STREAMS, self._limits.stated), (Setting.INITIAL_WINDOW_SIZE, STREAM_WINDOW)]
        self._output += [settings(stated), _window_update(CONNECTION_WINDOW - DEFAULT_WINDOW)]
        self._flush()

    def data_received(self, data: bytes) -> None:
        """Handle all complete frames, then write all answers at once."""
        try:
            for each in self._reader.frames(data):
                self._take(each)
                if self._transport.is_closing():
                    return
        except (ProtocolViolationError, HPACKError):
            self._go_away(ErrorCode.PROTOCOL_ERROR, b"")
            return
        self._flush()

    def _take(self, each: Frame) -> None:
        match each.type:
            case Type.HEADERS:
                self._open(each)
            case Type.CONTINUATION:
                self._continue(each)
            case Type.DATA:
                self._receive(each)
            case Type.RST_STREAM:
                self._forget(each.stream_id)
            case _:
                self._control(each)

    def _control(self, each: Frame) -> None:
        """Handle a frame of the connection."""
        match each.type:
            case Type.SETTINGS if each.flags & ACK:
                self._limits.acknowledged()
            case Type.SETTINGS:
                if len(each.payload) % SETTING.size:
                    raise ProtocolViolationError("SETTINGS of a wrong length")
                self._output.append(frame(Type.SETTINGS, ACK, 0))
            case Type.PING if not each.flags & ACK:
                self._output.append(frame(Type.PING, ACK, 0, each.payload))
            case Type.WINDOW_UPDATE if each.stream_id == 0:
                self._window += int.from_bytes(each.payload)
                self._send_waiting()
            case Type.GOAWAY:
                self._transport.close()

    def _open(self, each: Frame) -> None:
        if each.stream_id <= self._last_seen or each.stream_id % 2 == 0:
            raise ProtocolViolationError("streams are opened in order, by odd numbers")
        self._last_seen = each.stream_id
        self._incoming[each.stream_id] = Incoming(ends=bool(each.flags & END_STREAM), block=each.payload)
        self._headers_end(each)

    def _continue(self, each: Frame) -> None:
        if each.stream_id not in self._incoming:
            raise ProtocolViolationError("CONTINUATION of nothing")
        self._incoming[each.stream_id].block += each.payload
        self._headers_end(each)

    def _headers_end(self, each: Frame) -> None:
        """Decode a complete header block (a refused one, too: it moves the compression's table)."""
        if not each.flags & END_HEADERS:
            return
        incoming = self._incoming[each.stream_id]
        decoded = self._decoder.decode(incoming.block, raw=True)
        incoming.headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in decoded}
        if len(self._unanswered) >= self._limits.in_force:
            self._refuse(each.stream_id)
            return
        self._unanswered.add(each.stream_id)
        if incoming.ends:
            self._respond(each.stream_id)

    def _refuse(self, stream_id: int) -> None:
        """Refuse a stream too many. A client that knows the limit loses its connection (RFC 9113, 5.1.2, allows both)."""
        del self._incoming[stream_id]
        if self._limits.known:
            self._go_away(ErrorCode.PROTOCOL_ERROR, self._complaint)
        else:
            self._output.append(_reset(stream_id))

    def _receive(self, each: Frame) -> None:
        self._received += len(each.payload)
        if self._received >= STREAM_WINDOW:
            self._output.append(_window_update(self._received))
            self._received = 0
        if incoming := self._incoming.get(each.stream_id):
            incoming.body += each.payload
            if each.flags & END_STREAM:
                self._respond(each.stream_id)

    def _respond(self, stream_id: int) -> None:
        incoming = self._incoming.pop(stream_id)
        headers = incoming.headers
        if not {":method", ":path"} <= headers.keys():
            raise ProtocolViolationError("a request has a method and a path")
        answer = self._application(Request(headers[":method"], headers[":path"], headers, bytes(incoming.body)))
        if answer.conduct is Conduct.GOAWAY:
            self._go_away(ErrorCode.NO_ERROR, answer.body)
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
        if stream_id not in self._unanswered:  # the client has reset it
            return
        flags = END_HEADERS if answer.body else END_HEADERS | END_STREAM
        self._output.append(frame(Type.HEADERS, flags, stream_id, header_block(answer.status, answer.headers)))
        if answer.body:
            self._waiting.append((stream_id, answer.body))
            self._send_waiting()
        self._unanswered.discard(stream_id)
        wanted = 1 if self._narrows and answer.status != 200 else self._max_streams
        if self._limits.stated != wanted:
            self._limits.state(wanted)
            self._output.append(settings([(Setting.MAX_CONCURRENT_STREAMS, wanted)]))

    def _send_waiting(self) -> None:
        while self._waiting and len(self._waiting[0][1]) <= self._window:
            stream_id, body = self._waiting.popleft()
            self._window -= len(body)
            self._output.append(frame(Type.DATA, END_STREAM, stream_id, body))

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
            drip(self._transport, self._taken_output(), delay=answer.delay, then=self._release)

    def _release(self) -> None:
        self._held = False
        self._flush()

    def _forget(self, stream_id: int) -> None:
        self._incoming.pop(stream_id, None)
        self._unanswered.discard(stream_id)

    def _go_away(self, code: ErrorCode, reason: bytes) -> None:
        last = self._last_processed.to_bytes(4)
        self._output.append(frame(Type.GOAWAY, 0, 0, last + code.to_bytes(4) + reason))
        self._held = False
        self._flush()
        self._transport.close()

    def _flush(self) -> None:
        self._flush_due = False
        if self._output and not self._held and not self._transport.is_closing():
            self._transport.write(self._taken_output())

    def _taken_output(self) -> bytes:
        output, self._output = b"".join(self._output), []
        return output


def _window_update(increment: int) -> bytes:
    return frame(Type.WINDOW_UPDATE, 0, 0, increment.to_bytes(4))


def _reset(stream_id: int) -> bytes:
    return frame(Type.RST_STREAM, 0, stream_id, ErrorCode.REFUSED_STREAM.to_bytes(4))
