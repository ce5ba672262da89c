"""HTTP/2's frames as RFC 9113 writes them: nine bytes that say what follows, then that."""

import struct
from collections.abc import Mapping

from h2.errors import ErrorCodes

DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = range(10)
END_STREAM, ACK, END_HEADERS, PADDED, WITH_PRIORITY = 0x1, 0x1, 0x4, 0x8, 0x20

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
#: Length (two fields), kind, flags, stream.
HEAD = struct.Struct("!HBBBL")
HEAD_SIZE = HEAD.size
SETTING = struct.Struct("!HL")
#: What a stream id or a size of 31 bits may be; the bit above is reserved.
LARGEST = 2**31 - 1
#: The largest frame that we take, and that a server takes until it says otherwise.
FRAME_SIZE = 16_384
LARGEST_FRAME = 2**24 - 1
#: The window of a connection or a stream until somebody says otherwise.
WINDOW = 65_535


class Http2Fault(Exception):
    """The server broke a rule of HTTP/2, after which nothing that it says on this connection can be relied on."""

    def __init__(self, code: ErrorCodes, message: str) -> None:
        super().__init__(message)
        self.code = code


def frame(kind: int, flags: int, stream_id: int, payload: bytes | memoryview = b"") -> bytes:
    """Return a frame, of at most LARGEST_FRAME bytes of payload."""
    size = len(payload)
    return HEAD.pack(size >> 8, size & 0xFF, kind, flags, stream_id) + payload


def settings(values: Mapping[int, int]) -> bytes:
    """Return a SETTINGS frame."""
    return frame(SETTINGS, 0, 0, b"".join(SETTING.pack(code, value) for code, value in values.items()))


def number(kind: int, stream_id: int, value: int) -> bytes:
    """Return a RST_STREAM or WINDOW_UPDATE frame."""
    return frame(kind, 0, stream_id, value.to_bytes(4))


def unpadded(flags: int, payload: bytes) -> bytes:
    """Return the payload without its padding. Raises Http2Fault if there is more padding than payload."""
    if not flags & PADDED:
        return payload
    if not payload or payload[0] >= len(payload):
        raise Http2Fault(ErrorCodes.PROTOCOL_ERROR, "more padding than payload")
    return payload[1 : len(payload) - payload[0]]
