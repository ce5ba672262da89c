"""The frames of a server that are about the connection, and not an answer: settings, windows, PING, GOAWAY, RST_STREAM."""

from collections.abc import Sequence
from typing import Protocol

from h2.errors import ErrorCodes
from h2.settings import SettingCodes

from owlpost.channels.http2 import frames
from owlpost.channels.http2.exchange import Header
from owlpost.channels.http2.frames import ACK, SETTING, Http2Fault, frame
from owlpost.channels.http2.sending import Sending, Stream

#: The table that we keep at most, for a server that would let us have a larger one.
LARGEST_TABLE = 65_536


class Listener(Protocol):
    """Hears what the server says. May send, and reset streams, while it hears."""

    def began(self, stream_id: int, fields: Sequence[Header]) -> None:
        """Status and fields of an answer, which are well-formed."""

    def went_on(self, stream_id: int, data: bytes) -> None: ...

    def ended(self, stream_id: int) -> None: ...

    def was_reset(self, stream_id: int, code: int) -> None: ...

    def settings_changed(self) -> None: ...

    def ponged(self) -> None: ...

    def went_away(self, last_stream_id: int, code: int, says: bytes) -> None: ...


class Control(Sending):
    """Keeps to what the server wants, and tells the listener what it says."""

    def __init__(self, listener: Listener) -> None:
        super().__init__()
        self._listener = listener
        self._greeted = False

    def _stream(self, stream_id: int) -> Stream | None:
        """Return a stream, None if it has ended. Raises Http2Fault if we never opened it."""
        if not stream_id & 1 or stream_id >= self._next_id:
            raise Http2Fault(ErrorCodes.PROTOCOL_ERROR, "a stream that we did not open")
        return self._streams.get(stream_id)

    def _take_control(self, kind: int, flags: int, stream_id: int, payload: bytes) -> None:
        """Take a frame of any kind but HEADERS, CONTINUATION and DATA. One of an unknown kind is ignored: RFC 9113, 4.1."""
        if kind == frames.WINDOW_UPDATE:
            self._take_window(stream_id, payload)
        elif kind == frames.RST_STREAM:
            self._take_reset(stream_id, payload)
        elif kind == frames.PUSH_PROMISE:
            raise Http2Fault(ErrorCodes.PROTOCOL_ERROR, "a push that we do not take")
        elif kind in {frames.SETTINGS, frames.PING, frames.GOAWAY}:
            if stream_id:
                raise Http2Fault(ErrorCodes.PROTOCOL_ERROR, "a frame of the connection on a stream")
            self._take_of_connection(kind, flags, payload)

    def _take_of_connection(self, kind: int, flags: int, payload: bytes) -> None:
        if kind == frames.SETTINGS:
            self._take_settings(flags, payload)
        elif kind == frames.PING:
            _check_size(len(payload) == 8)
            if flags & ACK:
                self._listener.ponged()
            else:
                self._out.append(frame(frames.PING, ACK, 0, payload))
        else:
            _check_size(len(payload) >= 8)
            last, code = int.from_bytes(payload[:4]) & frames.LARGEST, int.from_bytes(payload[4:8])
            self._listener.went_away(last, code, payload[8:])

    def _take_settings(self, flags: int, payload: bytes) -> None:
        if flags & ACK:
            _check_size(not payload)
            return
        _check_size(len(payload) % SETTING.size == 0)
        for code, value in SETTING.iter_unpack(payload):
            self._apply(code, value)
        self._greeted = True
        self._out.append(frame(frames.SETTINGS, ACK, 0))
        self._listener.settings_changed()

    def _apply(self, code: int, value: int) -> None:
        match code:
            case SettingCodes.HEADER_TABLE_SIZE:
                self._encoder.header_table_size = min(value, LARGEST_TABLE)
            case SettingCodes.MAX_CONCURRENT_STREAMS:
                self.max_concurrent_streams = value
            case SettingCodes.INITIAL_WINDOW_SIZE:
                self._open_windows(value)
            case SettingCodes.MAX_FRAME_SIZE:
                if not frames.FRAME_SIZE <= value <= frames.LARGEST_FRAME:
                    raise Http2Fault(ErrorCodes.PROTOCOL_ERROR, "a frame size that none may have")
                self._frame_size = value
            case SettingCodes.ENABLE_PUSH if value > 1:
                raise Http2Fault(ErrorCodes.PROTOCOL_ERROR, "neither on nor off")

    def _open_windows(self, initial: int) -> None:
        """Open or close the windows of all streams by how much the initial one has changed, below zero as well."""
        more, self._initial_window = initial - self._initial_window, initial
        for stream in self._streams.values():
            stream.window += more
        if any(window > frames.LARGEST for window in (initial, *(each.window for each in self._streams.values()))):
            raise Http2Fault(ErrorCodes.FLOW_CONTROL_ERROR, "a window larger than any")

    def _take_window(self, stream_id: int, payload: bytes) -> None:
        _check_size(len(payload) == 4)
        more = int.from_bytes(payload) & frames.LARGEST
        if not more:
            raise Http2Fault(ErrorCodes.PROTOCOL_ERROR, "a window opened by nothing")
        if stream_id:
            self._widen(stream_id, more)
            return
        self._window += more
        if self._window > frames.LARGEST:
            raise Http2Fault(ErrorCodes.FLOW_CONTROL_ERROR, "a window larger than any")

    def _widen(self, stream_id: int, more: int) -> None:
        """Open the window of a stream. One that is larger than any ends the stream alone: RFC 9113, 6.9.1."""
        stream = self._stream(stream_id)
        if not stream:
            return
        stream.window += more
        if stream.window > frames.LARGEST:
            del self._streams[stream_id]
            self._out.append(frames.number(frames.RST_STREAM, stream_id, ErrorCodes.FLOW_CONTROL_ERROR))
            self._listener.was_reset(stream_id, ErrorCodes.FLOW_CONTROL_ERROR)

    def _take_reset(self, stream_id: int, payload: bytes) -> None:
        _check_size(len(payload) == 4)
        if self._stream(stream_id):
            del self._streams[stream_id]
            self._listener.was_reset(stream_id, int.from_bytes(payload))


def _check_size(fits: bool) -> None:  # noqa: FBT001 (said by the condition)
    if not fits:
        raise Http2Fault(ErrorCodes.FRAME_SIZE_ERROR, "a frame of another size")
