"""The `h2` protocol engine, set up for many small requests of our own making to a server that we trust by TLS."""

import logging
from collections.abc import Iterable
from typing import Any

from h2.config import H2Configuration
from h2.connection import ConnectionState, H2Connection
from h2.events import Event
from hpack import Encoder
from hyperframe.frame import Frame, GoAwayFrame


class PlainEncoder(Encoder):
    """Header compression by table only: Huffman coding in Python costs more time than the bytes it saves are worth."""

    def encode(self, headers: Iterable[Any], huffman: bool = False) -> bytes:  # noqa: FBT001, FBT002 - hpack's signature
        return super().encode(headers, huffman)


class Http2(H2Connection):
    """A client connection that outlives a graceful GOAWAY and does not count its streams one by one.

    Header names and values are ours, so they are neither validated nor normalised on the way out.
    """

    def __init__(self) -> None:
        # hpack would write every header, the bearer token among them, where somebody logs at DEBUG.
        logging.getLogger("hpack").setLevel(logging.INFO)
        super().__init__(H2Configuration(validate_outbound_headers=False, normalize_outbound_headers=False))
        self.encoder = PlainEncoder()

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
