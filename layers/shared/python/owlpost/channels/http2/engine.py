"""The `h2` protocol engine, set up for many small requests of our own making to a server that we trust by TLS."""

import logging
from collections.abc import Iterable
from typing import Any

from h2.config import H2Configuration
from h2.connection import ConnectionState, H2Connection
from h2.events import Event
from hpack import Encoder, NeverIndexedHeaderTuple
from hpack.hpack import encode_integer
from hyperframe.frame import Frame, GoAwayFrame

from owlpost.channels.http2.exchange import Header

#: The bit by which a header block tells an entry of the table from a field that is spelt out.
INDEXED = 0x80


class RequestEncoder(Encoder):
    """Header compression that encodes what comes with every request once, until the table changes.

    By table only: Huffman coding in Python costs more time than the bytes it saves are worth.
    """

    def __init__(self) -> None:
        super().__init__()
        self._indexed: dict[Header, bytes] = {}
        self._named: dict[bytes, bytes] = {}

    def encode(self, headers: Iterable[Any], huffman: bool = False) -> bytes:  # noqa: FBT001, FBT002 (hpack's signature)
        if self.header_table.resized:
            self._forget()
            return super().encode(headers, huffman)
        return b"".join([self._field(header) for header in headers])

    def _field(self, header: Header) -> bytes:
        if isinstance(header, NeverIndexedHeaderTuple):
            return self._literal(*header)
        return self._indexed.get(header) or self._entry(header)

    def _entry(self, header: Header) -> bytes:
        encoded = self.add(header, sensitive=False)
        if encoded[0] & INDEXED:
            self._indexed[header] = encoded
        else:  # it went into the table, where all others have moved on
            self._forget()
        return encoded

    def _literal(self, name: bytes, value: bytes) -> bytes:
        """A field that comes once: how its name is encoded, the value's length, the value."""
        spelt_out = encode_integer(len(value), 7) + value
        named = self._named.get(name)
        if named is None:
            encoded = self.add((name, value), sensitive=True)
            if encoded[0] & INDEXED:
                return encoded
            named = self._named[name] = encoded[: -len(spelt_out)]
        return named + spelt_out

    def _forget(self) -> None:
        self._indexed.clear()
        self._named.clear()


class Http2(H2Connection):
    """A client connection that outlives a graceful GOAWAY and does not count its streams one by one.

    Header names and values are ours, so they are neither validated nor normalised on the way out.
    """

    def __init__(self) -> None:
        # hpack would write every header, the bearer token among them, where somebody logs at DEBUG.
        logging.getLogger("hpack").setLevel(logging.INFO)
        super().__init__(H2Configuration(validate_outbound_headers=False, normalize_outbound_headers=False))
        self.encoder = RequestEncoder()

    @property
    def open_outbound_streams(self) -> int:
        """At most so many streams are open.

        h2 walks all streams to count them, on each request. Only when closed ones have piled up to the limit is the walk, which
        also forgets them, worth it.
        """
        bound = len(self.streams)
        return bound if bound < self.remote_settings.max_concurrent_streams else super().open_outbound_streams

    def _receive_goaway_frame(self, frame: GoAwayFrame) -> tuple[list[Frame], list[Event]]:
        """Keep the connection open after GOAWAY: RFC 9113 section 6.8 has the streams up to the last one answered still."""
        received = super()._receive_goaway_frame(frame)
        self.state_machine.state = ConnectionState.CLIENT_OPEN
        return received
