"""Header compression for many small requests that differ in little."""

from collections.abc import Iterable
from typing import Any

from hpack import Encoder, NeverIndexedHeaderTuple
from hpack.hpack import encode_integer

from owlpost.channels.http2.exchange import Header

#: The bit by which a header block tells an entry of the table from a field that is spelt out.
INDEXED = 0x80
#: The bits before a size of the table, and how many are left for it.
RESIZED, RESIZED_BITS = 0x20, 5


class RequestEncoder(Encoder):
    """Header compression that encodes what comes with every request once, until the table changes.

    By table only: Huffman coding in Python costs more time than the bytes it saves are worth.
    """

    def __init__(self) -> None:
        super().__init__()
        self._indexed: dict[Header, bytes] = {}
        self._named: dict[bytes, bytes] = {}
        self._sizes: list[int] = []

    @property
    def header_table_size(self) -> int:
        """The bytes that the server keeps for us at most."""
        return self.header_table.maxsize

    @header_table_size.setter
    def header_table_size(self, value: int) -> None:
        self.header_table.maxsize = value
        self._sizes.append(value)

    def encode(self, headers: Iterable[Any], huffman: bool = False) -> bytes:  # noqa: ARG002, FBT001, FBT002 (hpack's signature)
        told = b""
        if self._sizes:
            self._forget()
            told = _resized(min(self._sizes)) + _resized(self._sizes[-1])
            self._sizes.clear()
        return told + b"".join([self._field(header) for header in headers])

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


def _resized(size: int) -> bytes:
    """Tell the server how large its table is from here on.

    RFC 7541, 4.2 has the smallest size since the last block told, then the last one. hpack tells all, among them some that the
    server no longer takes, and none where the last setting said what the one before had said.
    """
    encoded = encode_integer(size, RESIZED_BITS)
    encoded[0] |= RESIZED
    return bytes(encoded)
