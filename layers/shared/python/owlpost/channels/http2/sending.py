"""What a client says on an HTTP/2 connection: requests become frames, within the room that the server gives."""

import logging
from collections.abc import Sequence

from h2.errors import ErrorCodes
from h2.settings import SettingCodes

from owlpost.channels.http2 import frames
from owlpost.channels.http2.exchange import Header
from owlpost.channels.http2.frames import END_HEADERS, END_STREAM, frame
from owlpost.channels.http2.request_encoder import RequestEncoder

#: The largest header, as we tell the server: more is an attempt to fill our memory.
LARGEST_HEADER = 65_536


class Stream:
    """`window`: bytes that we may send. `room`: bytes that the server may. `size` of its body so far, `length` as said."""

    __slots__ = ("began", "length", "room", "size", "window")

    def __init__(self, window: int) -> None:
        self.window, self.room, self.size = window, frames.WINDOW, 0
        self.began, self.length = False, -1


class Sending:
    """The streams of a connection and what is to be written."""

    def __init__(self) -> None:
        # hpack would write every header, the bearer token among them, where somebody logs at DEBUG.
        logging.getLogger("hpack").setLevel(logging.INFO)
        self._encoder = RequestEncoder()
        self._streams: dict[int, Stream] = {}
        self._next_id = 1
        self._out: list[bytes] = []
        self._window = self._initial_window = frames.WINDOW
        self._frame_size = frames.FRAME_SIZE
        self.max_concurrent_streams = frames.LARGEST

    @property
    def exhausted(self) -> bool:
        """Whether the connection has no more stream ids."""
        return self._next_id > frames.LARGEST

    def data_to_send(self) -> bytes:
        """Return all that is to be written, and forget it."""
        data = b"".join(self._out)
        self._out.clear()
        return data

    def greet(self) -> None:
        """Begin the connection: preface and settings."""
        ours: dict[int, int] = {SettingCodes.ENABLE_PUSH: 0, SettingCodes.MAX_HEADER_LIST_SIZE: LARGEST_HEADER}
        self._out += frames.PREFACE, frames.settings(ours)

    def ping(self, data: bytes) -> None:
        """Ask for a sign of life. `data` has eight bytes."""
        self._out.append(frame(frames.PING, 0, 0, data))

    def open(self, fields: Sequence[Header]) -> int:
        """Send the header of a request, whose fields are ours and not checked. Return its stream."""
        stream_id, self._next_id = self._next_id, self._next_id + 2
        self._streams[stream_id] = Stream(self._initial_window)
        block = self._encoder.encode(fields)
        size = self._frame_size
        if len(block) <= size:
            self._out.append(frame(frames.HEADERS, END_HEADERS, stream_id, block))
            return stream_id
        kinds = [frames.HEADERS, *[frames.CONTINUATION] * (-(-len(block) // size) - 1)]
        for place, kind in enumerate(kinds):
            flags = END_HEADERS if place == len(kinds) - 1 else 0
            self._out.append(frame(kind, flags, stream_id, block[place * size : (place + 1) * size]))
        return stream_id

    def send_body(self, stream_id: int, body: memoryview) -> memoryview:
        """Send as much of the rest of a body as the server has room for, and the end after the last of it. Return what is left.

        An empty rest has been sent with the end, so an empty body needs no room.
        """
        stream = self._streams[stream_id]
        while True:
            size = max(0, min(len(body), stream.window, self._window, self._frame_size))
            if not size and body:
                return body
            part, body = body[:size], body[size:]
            stream.window -= size
            self._window -= size
            self._out.append(frame(frames.DATA, 0 if body else END_STREAM, stream_id, part))
            if not body:
                return body

    def reset(self, stream_id: int) -> None:
        """Cancel a stream. What the server still says of it is not told."""
        self._streams.pop(stream_id, None)
        self._out.append(frames.number(frames.RST_STREAM, stream_id, ErrorCodes.CANCEL))
