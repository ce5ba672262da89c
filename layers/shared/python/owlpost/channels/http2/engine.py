"""The client's side of one HTTP/2 connection, as bytes: requests become frames, and frames become news of a listener.

Of HTTP/2 this is what a client needs that sends small requests and takes no pushes of the server. The header compression is
hpack's.
"""

from collections.abc import Sequence

from h2.errors import ErrorCodes
from hpack import Decoder, HPACKError, OversizedHeaderListError

from owlpost.channels.http2 import frames
from owlpost.channels.http2.control import Control, Listener
from owlpost.channels.http2.exchange import Header
from owlpost.channels.http2.frames import END_HEADERS, END_STREAM, HEAD, HEAD_SIZE, Http2Fault, frame, unpadded
from owlpost.channels.http2.response_fields import ResponseFields, content_length
from owlpost.channels.http2.sending import LARGEST_HEADER, Stream

#: A header block comes in at most so many frames.
MOST_FRAMES = 64
FIRST_FINAL_STATUS = 200
#: With no more room than this, the server is given all of it again.
LITTLE_ROOM = frames.WINDOW // 2


class Http2(Control):
    """Frames in and out of one connection. Whatever `receive` raises, `data_to_send` has the GOAWAY for it."""

    def __init__(self, listener: Listener) -> None:
        super().__init__(listener)
        self._decoder = Decoder(LARGEST_HEADER)
        self._fields = ResponseFields()
        self._rest = b""
        self._room = frames.WINDOW
        #: A header block whose end is still to come: stream, flags, the frames so far.
        self._block: tuple[int, int, list[bytes]] | None = None

    def receive(self, data: bytes) -> None:
        """Tell the listener what is in the bytes that came. Raises Http2Fault if the server broke a rule."""
        try:
            self._rest = self._take_frames(self._rest + data if self._rest else data)
        except Http2Fault as fault:
            self._out.append(frame(frames.GOAWAY, 0, 0, bytes(4) + int(fault.code).to_bytes(4)))
            raise

    def _take_frames(self, data: bytes) -> bytes:
        """Take all frames that are whole. Return the part of one at the end."""
        at, end = 0, len(data)
        while end - at >= HEAD_SIZE:
            high, low, kind, flags, stream_id = HEAD.unpack_from(data, at)
            begins = at + HEAD_SIZE
            size = high << 8 | low
            if size > frames.FRAME_SIZE:
                raise Http2Fault(ErrorCodes.FRAME_SIZE_ERROR, "a frame larger than we take")
            if begins + size > end:
                break
            at = begins + size
            self._take(kind, flags, stream_id & frames.LARGEST, data[begins:at])
        return data[at:]

    def _take(self, kind: int, flags: int, stream_id: int, payload: bytes) -> None:
        if self._block and kind != frames.CONTINUATION:
            raise Http2Fault(ErrorCodes.PROTOCOL_ERROR, "a header block was broken off")
        if not (self._greeted or kind == frames.SETTINGS):
            raise Http2Fault(ErrorCodes.PROTOCOL_ERROR, "no settings first")
        if kind == frames.HEADERS:
            self._take_headers(flags, stream_id, payload)
        elif kind == frames.DATA:
            self._take_data(flags, stream_id, payload)
        elif kind == frames.CONTINUATION:
            self._take_continuation(flags, stream_id, payload)
        else:
            self._take_control(kind, flags, stream_id, payload)

    def _take_headers(self, flags: int, stream_id: int, payload: bytes) -> None:
        block = unpadded(flags, payload)
        if flags & frames.WITH_PRIORITY:
            if len(block) < 5:
                raise Http2Fault(ErrorCodes.FRAME_SIZE_ERROR, "a priority that is cut off")
            block = block[5:]
        if flags & END_HEADERS:
            self._take_block(flags, stream_id, block)
        else:
            self._stream(stream_id)
            self._block = (stream_id, flags, [block])

    def _take_continuation(self, flags: int, stream_id: int, payload: bytes) -> None:
        if not self._block or self._block[0] != stream_id:
            raise Http2Fault(ErrorCodes.PROTOCOL_ERROR, "goes on with no header block")
        _, first_flags, parts = self._block
        parts.append(payload)
        if len(parts) > MOST_FRAMES or sum(map(len, parts)) > LARGEST_HEADER:
            raise Http2Fault(ErrorCodes.ENHANCE_YOUR_CALM, "a header block without end")
        if flags & END_HEADERS:
            self._block = None
            self._take_block(first_flags, stream_id, b"".join(parts))

    def _take_block(self, flags: int, stream_id: int, block: bytes) -> None:
        """Decode a header block, of an ended stream as well: the table that it changes serves the others."""
        stream = self._stream(stream_id)
        try:
            fields = list(self._decoder.decode(block, raw=True))
        except OversizedHeaderListError as error:
            raise Http2Fault(ErrorCodes.ENHANCE_YOUR_CALM, "a header without end") from error
        except (HPACKError, IndexError) as error:
            raise Http2Fault(ErrorCodes.COMPRESSION_ERROR, "a header block that cannot be read") from error
        if not stream:
            return
        if stream.began:
            if not flags & END_STREAM:
                raise Http2Fault(ErrorCodes.PROTOCOL_ERROR, "a second header")
            self._fields.check(fields)
        else:
            self._begin(stream, flags, stream_id, fields)
        if flags & END_STREAM:
            self._end(stream_id)

    def _begin(self, stream: Stream, flags: int, stream_id: int, fields: Sequence[Header]) -> None:
        if self._fields.status(fields) >= FIRST_FINAL_STATUS:
            length = content_length(fields)
            stream.began, stream.length = True, -1 if length is None else length
            self._listener.began(stream_id, fields)
        elif flags & END_STREAM:
            raise Http2Fault(ErrorCodes.PROTOCOL_ERROR, "an end after an answer in between")

    def _take_data(self, flags: int, stream_id: int, payload: bytes) -> None:
        stream, size = self._stream(stream_id), len(payload)
        self._room -= size
        if self._room < 0 or (stream and size > stream.room):
            raise Http2Fault(ErrorCodes.FLOW_CONTROL_ERROR, "more than there is room for")
        if self._room <= LITTLE_ROOM:
            self._out.append(frames.number(frames.WINDOW_UPDATE, 0, frames.WINDOW - self._room))
            self._room = frames.WINDOW
        data = unpadded(flags, payload)
        if stream:
            self._go_on(stream, stream_id, data, is_last=bool(flags & END_STREAM))
            stream.room -= size
            if stream.room <= LITTLE_ROOM and stream_id in self._streams:
                self._out.append(frames.number(frames.WINDOW_UPDATE, stream_id, frames.WINDOW - stream.room))
                stream.room = frames.WINDOW

    def _go_on(self, stream: Stream, stream_id: int, data: bytes, *, is_last: bool) -> None:
        if not stream.began:
            raise Http2Fault(ErrorCodes.PROTOCOL_ERROR, "a body before its header")
        stream.size += len(data)
        if stream.length >= 0 and (stream.size > stream.length or (is_last and stream.size < stream.length)):
            raise Http2Fault(ErrorCodes.PROTOCOL_ERROR, "a body of another length than it said")
        self._listener.went_on(stream_id, data)
        if is_last:
            self._end(stream_id)

    def _end(self, stream_id: int) -> None:
        if self._streams.pop(stream_id, None):
            self._listener.ended(stream_id)
