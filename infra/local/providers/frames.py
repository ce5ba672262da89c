"""The part of the HTTP/2 wire format that a server of small answers needs (RFC 9113, and RFC 7541 for headers)."""

import struct
from collections.abc import Iterable, Iterator
from enum import IntEnum
from typing import NamedTuple

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
HEAD = struct.Struct(">HBBBI")  # length (high 16 bits, low 8 bits), type, flags, stream
SETTING = struct.Struct(">HI")
MAX_FRAME = 16_384
PADDED_FLAG, PRIORITY_FLAG = 0x8, 0x20
END_STREAM = ACK = 0x1
END_HEADERS = 0x4
INDEXED_STATUS = b"\x08\x03"  # a literal without indexing named by entry 8 of the static table, three characters long


class Type(IntEnum):
    """Frame types."""

    DATA = 0
    HEADERS = 1
    PRIORITY = 2
    RST_STREAM = 3
    SETTINGS = 4
    PUSH_PROMISE = 5
    PING = 6
    GOAWAY = 7
    WINDOW_UPDATE = 8
    CONTINUATION = 9


class ErrorCode(IntEnum):
    """Why a stream or a connection ends."""

    NO_ERROR = 0
    PROTOCOL_ERROR = 1
    FRAME_SIZE_ERROR = 6
    REFUSED_STREAM = 7


class Setting(IntEnum):
    """The settings that either side states."""

    MAX_CONCURRENT_STREAMS = 3
    INITIAL_WINDOW_SIZE = 4


class ProtocolViolationError(Exception):
    """The client broke the protocol; the connection cannot go on."""


class Frame(NamedTuple):
    """One frame, its payload without padding and priority."""

    type: int
    flags: int
    stream_id: int
    payload: bytes


class FrameReader:
    """Splits the bytes of a connection into frames."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._greeted = False

    def frames(self, data: bytes) -> Iterator[Frame]:
        """Yield the frames that these bytes complete. Raises ProtocolViolationError at the first bad one."""
        buffer = self._buffer
        buffer += data
        if not self._greeted:
            if len(buffer) < len(PREFACE):
                return
            if not buffer.startswith(PREFACE):
                raise ProtocolViolationError("no connection preface")
            del buffer[: len(PREFACE)]
            self._greeted = True
        start = 0
        while len(buffer) - start >= HEAD.size:
            high, low, kind, flags, stream_id = HEAD.unpack_from(buffer, start)
            end = start + HEAD.size + (high << 8 | low)
            if end - start > HEAD.size + MAX_FRAME:
                raise ProtocolViolationError("a frame is larger than agreed")
            if len(buffer) < end:
                break
            payload = bytes(buffer[start + HEAD.size : end])
            yield Frame(kind, flags, stream_id & 0x7FFFFFFF, _stripped(kind, flags, payload))
            start = end
        del buffer[:start]


def frame(kind: Type, flags: int, stream_id: int, payload: bytes = b"") -> bytes:
    """Return one frame's bytes."""
    length = len(payload)
    return HEAD.pack(length >> 8, length & 0xFF, kind, flags, stream_id) + payload


def settings(values: Iterable[tuple[Setting, int]]) -> bytes:
    """Return a SETTINGS frame."""
    return frame(Type.SETTINGS, 0, 0, b"".join(SETTING.pack(*each) for each in values))


def header_block(status: int, headers: Iterable[tuple[str, str]]) -> bytes:
    """Return a response's header block; literals leave the compression's table alone, so that order does not matter."""
    fields = [_string(name) + _string(value) for name, value in headers]
    return INDEXED_STATUS + b"%d" % status + b"".join(b"\x00" + field for field in fields)


def _string(text: str) -> bytes:
    data = text.encode("latin-1")
    length = len(data)
    if length < 0x7F:
        return bytes((length,)) + data
    prefix, rest = bytearray((0x7F,)), length - 0x7F
    while rest >= 0x80:
        prefix.append(rest & 0x7F | 0x80)
        rest >>= 7
    return bytes((*prefix, rest)) + data


def _stripped(kind: int, flags: int, payload: bytes) -> bytes:
    if kind > Type.HEADERS or not flags & (PADDED_FLAG | PRIORITY_FLAG):
        return payload
    padded = bool(flags & PADDED_FLAG)
    start = padded + (5 if kind == Type.HEADERS and flags & PRIORITY_FLAG else 0)
    end = len(payload) - (payload[0] if padded else 0)
    if start > end:
        raise ProtocolViolationError("more padding than payload")
    return payload[start:end]
