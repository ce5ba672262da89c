"""The header compression of push requests: whatever is remembered of earlier requests, the server reads what was meant."""

import pytest
from hpack import Decoder, Encoder, HeaderTuple, NeverIndexedHeaderTuple
from hypothesis import given
from hypothesis import strategies as st

from owlpost.channels.http2.exchange import Header
from owlpost.channels.http2.request_encoder import RequestEncoder

NAMES = st.sampled_from([b":path", b":method", b"authorization", b"apns-id", b"apns-topic"])
VALUES = st.sampled_from([b"", b"/", b"POST", b"a" * 30, b"b" * 300, b"\0"])
FIELDS = st.builds(
    lambda kind, *field: kind(*field), st.sampled_from([HeaderTuple, NeverIndexedHeaderTuple]), NAMES, VALUES
)
#: Tables that hold nothing, one field, some fields, all fields.
SIZES = st.none() | st.sampled_from([0, 70, 400, 4096])


@given(st.lists(st.tuples(SIZES, st.lists(FIELDS, max_size=8)), max_size=12))
def test_every_block_is_read_as_it_was_meant(requests: list[tuple[int | None, list[Header]]]) -> None:
    encoder, decoder = RequestEncoder(), Decoder()
    for size, headers in requests:
        if size is not None:  # the server's settings arrived
            encoder.header_table_size = size
            decoder.max_allowed_table_size = size
        assert list(decoder.decode(encoder.encode(headers), raw=True)) == headers


@pytest.mark.parametrize(
    ("sizes", "told"),
    [
        ((4_000, 3_000), "3f9917 3f9917"),
        ((100, 4_096), "3f45 3fe11f"),
        ((3_000, 3_000), "3f9917 3f9917"),
        ((0, 0, 30), "20 3e"),
    ],
)
def test_of_several_settings_the_smallest_and_the_last_are_told(sizes: tuple[int, ...], told: str) -> None:
    encoder, decoder = RequestEncoder(), Decoder()
    assert list(decoder.decode(encoder.encode(_request(b"1")), raw=True)) == _request(b"1")
    for size in sizes:
        encoder.header_table_size = size
    decoder.max_allowed_table_size = sizes[-1]  # the server's, since its last setting was acknowledged
    block = encoder.encode(_request(b"2"))
    assert block.startswith(bytes.fromhex(told))
    assert list(decoder.decode(block, raw=True)) == _request(b"2")
    assert list(decoder.decode(encoder.encode(_request(b"3")), raw=True)) == _request(b"3")


def test_a_request_is_encoded_as_hpack_would() -> None:
    encoder, hpack = RequestEncoder(), Encoder()
    for number in range(5):
        request = _request(b"%d" % number)
        assert encoder.encode(request) == hpack.encode(request, huffman=False)


def test_a_renewed_token_takes_the_place_of_the_old_one() -> None:
    encoder, decoder = RequestEncoder(), Decoder()
    for bearer in (b"bearer old", b"bearer old", b"bearer new", b"bearer new", b"bearer old"):
        request = _request(b"1", bearer)
        assert list(decoder.decode(encoder.encode(request), raw=True)) == request


def test_what_comes_once_stays_out_of_the_table() -> None:
    encoder = RequestEncoder()
    for number in range(5):
        encoder.encode(_request(b"%d" % number))
    kept = {name for name, _ in encoder.header_table.dynamic_entries}
    assert kept == {b":authority", b"authorization", b"apns-topic"}


def _request(id_: bytes, bearer: bytes = b"bearer token") -> list[Header]:
    return [
        (b":method", b"POST"),
        (b":authority", b"api.push.apple.com"),
        NeverIndexedHeaderTuple(b":path", b"/3/device/" + id_),
        (b"authorization", bearer),
        NeverIndexedHeaderTuple(b"apns-id", id_),
        (b"apns-topic", b"com.owlmetry"),
    ]
