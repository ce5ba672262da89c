"""The core of HTTP/2: h2 plays the server and finds no fault in what we send, and h2 as a client judges what we hear."""

from collections.abc import Sequence
from itertools import pairwise

import pytest
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.errors import ErrorCodes
from h2.events import DataReceived, RequestReceived, StreamEnded
from h2.settings import SettingCodes
from hpack import Encoder
from hypothesis import given
from hypothesis import strategies as st

from owlpost.channels.http2 import frames
from owlpost.channels.http2.engine import MOST_FRAMES, Http2
from owlpost.channels.http2.exchange import Header
from owlpost.channels.http2.frames import END_HEADERS, END_STREAM, Http2Fault, frame
from tests.unit.channels.http2.heard import REQUEST, Heard, by_h2, by_ours

STREAMS = (1, 3, 5)
OK = ((b":status", b"200"), (b"apns-id", b"0-1"))
GREETING = frame(frames.SETTINGS, 0, 0)


def block(*fields: Header, encoder: Encoder | None = None) -> bytes:
    return (encoder or Encoder()).encode(fields)


def head(stream_id: int, *fields: Header, flags: int = END_HEADERS) -> bytes:
    return frame(frames.HEADERS, flags, stream_id, block(*fields))


# As a peer: an h2 server that does what hypothesis says


class Server:
    """h2's server. It raises where our client breaks a rule: a window, a size, a table, the order of frames."""

    def __init__(self) -> None:
        self.http2 = H2Connection(H2Configuration(client_side=False, header_encoding=None))
        self.http2.initiate_connection()
        self.bodies: dict[int, bytes] = {}
        self.whole: list[int] = []
        self.begun: dict[int, list[Header]] = {}
        self.said: dict[int, bytes] = {}
        self.over: set[int] = set()

    def take(self, data: bytes) -> None:
        for event in self.http2.receive_data(data):
            match event:
                case RequestReceived():
                    assert [*event.headers][: len(REQUEST)] == [*REQUEST]
                    self.bodies[event.stream_id] = b""
                case DataReceived():
                    self.bodies[event.stream_id] += event.data
                case StreamEnded():
                    self.whole.append(event.stream_id)

    def act(self, act: str, number: int) -> None:
        """Do something, to the connection or to the stream with this place among those that are open."""
        open_ = [each for each in self.bodies if each not in self.over]
        stream_id = open_[number % len(open_)] if open_ else 0
        if stream_id:
            self._act_on(stream_id, act, number)
        if act == "ping":
            self.http2.ping(b"are you?")
        elif act == "settings":
            self.http2.update_settings(
                {
                    SettingCodes.INITIAL_WINDOW_SIZE: number * 7,
                    SettingCodes.MAX_FRAME_SIZE: 16_384 + number,
                    SettingCodes.HEADER_TABLE_SIZE: number % 5_000,
                }
            )
        elif act == "room" and number:
            self.http2.increment_flow_control_window(number)

    def _act_on(self, stream_id: int, act: str, number: int) -> None:
        match act:
            case "room of a stream" if number and stream_id not in self.whole:
                self.http2.increment_flow_control_window(number, stream_id)
            case "begin" if stream_id not in self.begun:
                fields = [(b":status", b"%d" % (200 + number % 300)), (b"apns-id", b"%d" % number), (b"server", b"h2")]
                self.http2.send_headers(stream_id, fields)
                self.begun[stream_id], self.said[stream_id] = fields, b""
            case "go on" if stream_id in self.begun:
                data = b"x" * (number % 300)
                self.http2.send_data(stream_id, data, pad_length=number % 7 or None)
                self.said[stream_id] += data
            case "end" if stream_id in self.begun:
                self.http2.end_stream(stream_id)
                self.over.add(stream_id)
            case "reset":
                self.http2.reset_stream(stream_id, ErrorCodes.REFUSED_STREAM)
                self.over.add(stream_id)


ACTS = st.tuples(
    st.sampled_from(
        ["ping", "settings", "room", "room of a stream", "begin", "begin", "go on", "end", "reset", "request"]
    ),
    st.integers(0, 20_000),
)


def pieces(data: bytes, size: int) -> list[bytes]:
    return [data[at : at + size] for at in range(0, len(data), size)]


@given(st.lists(ACTS, max_size=60), st.integers(1, 400))
def test_a_server_finds_no_fault_in_us_and_each_answer_is_heard_as_it_was_said(
    acts: Sequence[tuple[str, int]], size: int
) -> None:
    heard, server = Heard(), Server()
    client = Http2(heard)
    client.greet()
    rests: dict[int, memoryview] = {}
    sent: dict[int, bytes] = {}
    for act, number in [*acts, ("settings", 9_000), ("room", 20_000), ("ping", 0)]:
        if act == "request":
            body = bytes([65 + number % 26]) * (number * 3)
            stream_id = client.open((*REQUEST, (b"x-number", b"%d" % (number % 3)), (b"long", b"y" * (number % 3_000))))
            sent[stream_id], rests[stream_id] = body, memoryview(body)
            rests[stream_id] = client.send_body(stream_id, rests[stream_id])
        else:
            server.act(act, number)
        for piece in pieces(server.http2.data_to_send(), size):
            client.receive(piece)
        server.take(client.data_to_send())  # h2 heeds an acknowledged setting from the next bytes on
        gone = {*heard.ends, *(stream_id for stream_id, _ in heard.resets)}
        for stream_id in [each for each, rest in rests.items() if rest and each not in gone]:
            rests[stream_id] = client.send_body(stream_id, rests[stream_id])
        server.take(client.data_to_send())
    for stream_id, body in server.bodies.items():
        assert sent[stream_id].startswith(body)
        assert stream_id not in server.whole or sent[stream_id] == body
    assert heard.fields == server.begun
    assert {each: heard.bodies.get(each, b"") for each in server.said} == server.said
    assert {*heard.ends, *(stream_id for stream_id, _ in heard.resets)} == server.over
    assert client.max_concurrent_streams >= 100
    assert not heard.refused


def test_an_answer_before_our_body_is_whole_is_heard_and_the_stream_cancelled() -> None:
    heard = Heard()
    client = Http2(heard)
    client.open(REQUEST)
    assert client.send_body(1, memoryview(b"x" * 70_000))
    client.receive(GREETING + head(1, *OK, flags=END_HEADERS | END_STREAM))
    client.data_to_send()
    client.reset(1)
    assert heard.ends == [1]
    assert client.data_to_send() == frames.number(frames.RST_STREAM, 1, ErrorCodes.CANCEL)


def test_what_still_comes_of_a_cancelled_stream_is_not_told_but_keeps_the_table_in_step() -> None:
    heard, encoder = Heard(), Encoder()
    client = Http2(heard)
    for _ in range(2):
        client.send_body(client.open(REQUEST), memoryview(b""))
    client.receive(GREETING)
    client.reset(1)
    late = frame(frames.HEADERS, END_HEADERS, 1, block(*OK, encoder=encoder)) + frame(
        frames.DATA, END_STREAM, 1, b"late"
    )
    client.receive(late + frame(frames.HEADERS, END_HEADERS | END_STREAM, 3, block(*OK, encoder=encoder)))
    assert heard.fields == {3: [*OK]}
    assert not heard.bodies


def test_a_server_that_sends_much_is_given_room_again() -> None:
    heard = Heard()
    client = Http2(heard)
    client.send_body(client.open(REQUEST), memoryview(b""))
    client.receive(GREETING + head(1, *OK))
    for _ in range(20):
        client.receive(frame(frames.DATA, 0, 1, b"x" * 16_384))
    assert len(heard.bodies[1]) == 20 * 16_384
    given_back = client.data_to_send()
    assert given_back.count(b"\0\0\x04\x08\0\0\0\0\0") == given_back.count(b"\0\0\x04\x08\0\0\0\0\x01") == 10


# As h2's own client judges it

FIELDS = st.sampled_from(
    [
        OK,
        ((b":status", b"404"), (b"content-length", b"3")),
        ((b":status", b"103"), (b"link", b"</x>")),
        ((b"server", b"no status"),),
        ((b":status", b"200"), (b":path", b"/")),
        ((b"server", b"x"), (b":status", b"200")),
        ((b":status", b"200"), (b":status", b"200")),
        ((b":status", b"200"), (b"Server", b"x")),
        ((b":status", b"200"), (b"a b", b"x")),
        ((b":status", b"200"), (b"", b"x")),
        ((b":status", b"200"), (b"server", b"a\0b")),
        ((b":status", b"200"), (b"server", b"a\r\nb")),
        ((b":status", b"200"), (b"server", b" a")),
        ((b":status", b"200"), (b"connection", b"close")),
        ((b":status", b"200"), (b"transfer-encoding", b"chunked")),
        ((b":status", b"200"), (b"content-length", b"x")),
        ((b"trailer", b"x"),),
        (),
    ]
)
SOME = st.sampled_from([0, *STREAMS, 2, 9])
PAYLOADS = st.sampled_from(
    [b"", b"abc", b"\x02abc", b"\xffab", b"\0\0\0\0", b"\0\0\0\x09", b"\x7f\xff\xff\xff", bytes(8)]
)
#: Of a stream that nobody opened h2 lets a RST_STREAM pass, and a HEADERS until its block is whole. We do not.
OF_A_STREAM = {frames.RST_STREAM, frames.HEADERS}
RAW = st.builds(
    frame, st.sampled_from([0, 1, 3, 6, 7, 8, 9, 11]), st.sampled_from([0, 1, 4, 5, 8, 13]), SOME, PAYLOADS
).filter(lambda each: each[3] not in OF_A_STREAM or each[8] in {0, *STREAMS})
SETTINGS = st.builds(
    lambda code, value: frames.settings({code: value}),
    st.sampled_from([1, 3, 4, 5, 6, 77]),
    st.sampled_from([0, 1, 100, 16_384, 70_000, 2**24, 2**31 - 1, 2**31, 2**32 - 1]),
)
ANSWERS = st.builds(
    lambda each, fields, flags: head(each, *fields, flags=flags),
    st.sampled_from(STREAMS),
    FIELDS,
    st.sampled_from([4, 5]),
)
BODIES = st.builds(
    lambda each, flags, data: frame(frames.DATA, flags, each, data),
    st.sampled_from(STREAMS),
    st.sampled_from([0, 1, 8]),
    PAYLOADS,
)
SAID = st.lists(ANSWERS | BODIES | SETTINGS | RAW, max_size=12)


def ends(each: bytes) -> bool:
    """Whether the frame is the last of its stream."""
    return each[3] == frames.RST_STREAM or (each[3] in {frames.DATA, frames.HEADERS} and bool(each[4] & END_STREAM))


def until_one_is_over(said: Sequence[bytes]) -> list[bytes]:
    """Leave out what comes for a stream that is over: h2 calls that a fault, and we do not listen."""
    over: set[bytes] = set()
    kept: list[bytes] = []
    for each in said:
        if each[5:9] not in over:
            kept.append(each)
        if ends(each):
            over.add(each[5:9])
    return kept


@given(SAID)
def test_what_we_hear_and_refuse_is_what_h2_hears_and_refuses(said: list[bytes]) -> None:
    said = [GREETING, *until_one_is_over(said)]
    ours, judge = by_ours(said, len(STREAMS)), by_h2(said, len(STREAMS))
    assert ours.refused == judge.refused
    if not ours.refused:
        assert ours == judge


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (ErrorCodes.PROTOCOL_ERROR, [frame(frames.PING, 0, 0, bytes(8))]),
        (ErrorCodes.PROTOCOL_ERROR, [GREETING, frame(frames.PUSH_PROMISE, END_HEADERS, 1, bytes(4) + block(*REQUEST))]),
        (ErrorCodes.PROTOCOL_ERROR, [GREETING, head(1, *OK, flags=0), frame(frames.DATA, 0, 1)]),
        (ErrorCodes.PROTOCOL_ERROR, [GREETING, head(1, *OK, flags=0), frame(frames.CONTINUATION, END_HEADERS, 3)]),
        (ErrorCodes.PROTOCOL_ERROR, [GREETING, head(7, *OK)]),
        (ErrorCodes.PROTOCOL_ERROR, [GREETING, frames.number(frames.RST_STREAM, 2, 0)]),
        (ErrorCodes.PROTOCOL_ERROR, [GREETING, frame(frames.DATA, 0, 1, b"x")]),
        (
            ErrorCodes.PROTOCOL_ERROR,
            [GREETING, head(1, *OK, (b"content-length", b"3")), frame(frames.DATA, 1, 1, b"x")],
        ),
        (
            ErrorCodes.PROTOCOL_ERROR,
            [GREETING, head(1, *OK, (b"content-length", b"1")), frame(frames.DATA, 0, 1, b"xy")],
        ),
        (ErrorCodes.FRAME_SIZE_ERROR, [GREETING, frame(frames.DATA, 0, 1, bytes(16_385))]),
        (ErrorCodes.FRAME_SIZE_ERROR, [GREETING, frame(frames.SETTINGS, 0, 0, bytes(5))]),
        (ErrorCodes.FLOW_CONTROL_ERROR, [GREETING, frames.settings({4: 2**31})]),
        (ErrorCodes.FLOW_CONTROL_ERROR, [GREETING, frames.number(frames.WINDOW_UPDATE, 0, 2**31 - 1)]),
        (ErrorCodes.COMPRESSION_ERROR, [GREETING, frame(frames.HEADERS, END_HEADERS, 1, b"\xff\xff\xff\xff\x7f")]),
        (ErrorCodes.COMPRESSION_ERROR, [GREETING, frame(frames.HEADERS, END_HEADERS, 1, b"\x3f\xff\xff\x7f")]),
        (
            ErrorCodes.ENHANCE_YOUR_CALM,
            [GREETING, head(1, *OK, flags=0), *[frame(frames.CONTINUATION, 0, 1)] * MOST_FRAMES],
        ),
        (
            ErrorCodes.ENHANCE_YOUR_CALM,
            [GREETING, head(1, *OK, flags=0), *[frame(frames.CONTINUATION, 0, 1, bytes(16_384))] * 5],
        ),
        (
            ErrorCodes.ENHANCE_YOUR_CALM,
            [GREETING, frame(frames.HEADERS, END_HEADERS, 1, block((b"a", b"x" * 4_000)) + b"\xbe" * 40)],
        ),
    ],
)
def test_a_broken_rule_ends_the_connection_and_is_told_by_its_name(code: ErrorCodes, said: list[bytes]) -> None:
    client = Http2(Heard())
    for _ in STREAMS:
        client.send_body(client.open(REQUEST), memoryview(b""))
    client.data_to_send()
    with pytest.raises(Http2Fault) as caught:
        client.receive(b"".join(said))
    assert caught.value.code == code
    assert client.data_to_send().endswith(frame(frames.GOAWAY, 0, 0, bytes(4) + int(code).to_bytes(4)))


def test_what_came_before_a_broken_rule_is_heard() -> None:
    said = [GREETING, head(1, *OK, flags=END_HEADERS | END_STREAM), head(3, (b"no", b"status"))]
    heard = by_ours([b"".join(said)], 3)
    assert heard.refused
    assert heard.ends == [1]


def test_a_header_in_several_frames_is_heard_whole() -> None:
    whole = block(*OK, (b"long", b"z" * 300))
    cuts = [0, 1, 40, len(whole)]
    parts = [whole[a:b] for a, b in pairwise(cuts)]
    said = [GREETING, frame(frames.HEADERS, END_STREAM, 1, parts[0])]
    said += [
        frame(frames.CONTINUATION, flags, 1, part) for part, flags in zip(parts[1:], (0, END_HEADERS), strict=True)
    ]
    heard = by_ours(said, 1)
    assert heard == by_h2(said, 1)
    assert (heard.ends, heard.fields[1][-1]) == ([1], (b"long", b"z" * 300))


def test_settings_and_pings_are_acknowledged_and_what_is_acknowledged_is_not() -> None:
    heard = Heard()
    client = Http2(heard)
    client.receive(GREETING)
    assert client.data_to_send() == frame(frames.SETTINGS, frames.ACK, 0)
    client.receive(frame(frames.PING, 0, 0, b"are you?") + frame(frames.SETTINGS, frames.ACK, 0))
    assert client.data_to_send() == frame(frames.PING, frames.ACK, 0, b"are you?")
    client.receive(frame(frames.PING, frames.ACK, 0, b"owlpost?"))
    assert (client.data_to_send(), heard.pongs, heard.settings) == (b"", 1, 1)


def sent(client: Http2, rest: memoryview) -> tuple[int, memoryview]:
    """Send of a body of stream 1 what there is room for. Return how many bytes left, and the rest."""
    client.data_to_send()
    left = client.send_body(1, rest)
    return len(rest) - len(left), left


def test_a_window_that_a_setting_closes_is_below_zero_until_there_is_room_again() -> None:
    client = Http2(Heard())
    client.receive(frames.settings({SettingCodes.INITIAL_WINDOW_SIZE: 1_000}))
    client.open(REQUEST)
    some, rest = sent(client, memoryview(b"x" * 5_000))
    assert some == 1_000
    client.receive(frames.settings({SettingCodes.INITIAL_WINDOW_SIZE: 500}))
    assert sent(client, rest) == (0, rest)
    client.receive(frames.number(frames.WINDOW_UPDATE, 1, 600))
    some, rest = sent(client, rest)
    assert some == 100
    client.receive(frames.settings({SettingCodes.INITIAL_WINDOW_SIZE: 9_000}))
    assert sent(client, rest) == (3_900, memoryview(b""))


def test_the_window_of_the_connection_holds_for_all_streams_and_an_empty_body_needs_none() -> None:
    client = Http2(Heard())
    client.receive(frames.settings({SettingCodes.INITIAL_WINDOW_SIZE: 2**20}))
    assert len(client.send_body(client.open(REQUEST), memoryview(b"x" * 60_000))) == 0
    assert len(client.send_body(client.open(REQUEST), memoryview(b"x" * 60_000))) == 120_000 - 65_535
    client.data_to_send()
    stream_id = client.open(())
    assert not client.send_body(stream_id, memoryview(b""))
    assert client.data_to_send().endswith(frame(frames.DATA, END_STREAM, stream_id))
