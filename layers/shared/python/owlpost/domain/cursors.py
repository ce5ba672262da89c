"""The inbox' page cursor: the place of a row at full precision, signed, so that only our own are followed."""

import base64
import binascii
import hashlib
import hmac
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from owlpost.domain.errors import InvalidRequest

#: Part of what is signed, so that a signature made for another purpose with the same key is none here.
PURPOSE = b"owlpost.cursor.1:"
_PLACE = struct.Struct(">q16s")
#: With the place it makes 42 bytes: 56 characters without padding, spelt in one way only.
_SIGNATURE_BYTES = 18
_LENGTH = _PLACE.size + _SIGNATURE_BYTES
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a row stands in the inbox: newest first, and by id among those of one microsecond."""

    created_at: datetime
    id: UUID


def sign(place: Place, key: str) -> str:
    """The cursor that goes on after `place`; safe in a URL as it is."""
    packed = _PLACE.pack((place.created_at - _EPOCH) // _MICROSECOND, place.id.bytes)
    return base64.urlsafe_b64encode(packed + _signature(packed, key)).decode()


def verify(cursor: str, keys: Iterable[str]) -> Place:
    """The place in a cursor that one of `keys` signed; raises InvalidRequest naming `cursor` for any other text."""
    try:
        raw = base64.b64decode(cursor, altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    if base64.urlsafe_b64encode(raw).decode() != cursor:  # the decoder takes + for - and / for _ as well
        raw = b""
    packed, signature = raw[: _PLACE.size], raw[_PLACE.size :]
    if len(raw) != _LENGTH or not any(hmac.compare_digest(_signature(packed, key), signature) for key in keys):
        raise InvalidRequest("cursor", "is not one of ours")
    microseconds, id_ = _PLACE.unpack(packed)
    return Place(_EPOCH + microseconds * _MICROSECOND, UUID(bytes=id_))


def _signature(packed: bytes, key: str) -> bytes:
    return hmac.digest(key.encode(), PURPOSE + packed, hashlib.sha256)[:_SIGNATURE_BYTES]
