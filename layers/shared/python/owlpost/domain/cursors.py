"""What a page hands out: the place where the next page begins, and the snapshot that a page of the inbox was read in.

Both are signed, so that only our own come back.
"""

import struct
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from uuid import UUID

from owlpost.domain import signed
from owlpost.domain.errors import InvalidRequest
from owlpost.domain.value import dataclass

_CURSOR = b"owlpost.cursor.1:"
_SEEN = b"owlpost.seen.1:"
_PROJECTS = b"owlpost.projects.1:"
_PLACE = struct.Struct(">q16s")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LAST = datetime(9999, 12, 31, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a row stands in the inbox: newest first, and by id among those of one microsecond."""

    created_at: datetime
    id: UUID


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a list could show: `rows` is Postgres' own text of what was committed, and `at` the time until which rows were due.

    A row that is sent later, or snoozed, is committed long before it is shown.
    """

    rows: str
    at: datetime


@dataclass(frozen=True, slots=True)
class NamedPlace:
    """Where a project stands in a list: by name, and by id among those of one name."""

    name: str
    id: UUID


def sign(place: Place, key: str) -> str:
    """Return the cursor of the page after `place`; safe in a URL."""
    packed = _PLACE.pack((place.created_at - _EPOCH) // _MICROSECOND, place.id.bytes)
    return signed.sign(packed, key, purpose=_CURSOR)


def verify(cursor: str, keys: Iterable[str]) -> Place:
    """Return the place in a cursor that one of `keys` signed. Raises InvalidRequest naming `cursor` for any other text."""
    packed = signed.verify(cursor, keys, purpose=_CURSOR)
    if packed is None or len(packed) != _PLACE.size:
        raise InvalidRequest("cursor", "is not one of ours")
    microseconds, id_ = _PLACE.unpack(packed)
    return Place(_EPOCH + microseconds * _MICROSECOND, UUID(bytes=id_))


def sign_named(place: NamedPlace, key: str) -> str:
    """Return the cursor of the page after `place`; safe in a URL."""
    return signed.sign(place.id.bytes + place.name.encode(), key, purpose=_PROJECTS)


def verify_named(cursor: str, keys: Iterable[str]) -> NamedPlace:
    """Return the place in a cursor that one of `keys` signed. Raises InvalidRequest naming `cursor` for any other text."""
    packed = signed.verify(cursor, keys, purpose=_PROJECTS)
    if packed is None:
        raise InvalidRequest("cursor", "is not one of ours")
    return NamedPlace(packed[16:].decode(), UUID(bytes=packed[:16]))


def sign_seen(snapshot: Snapshot, key: str) -> str:
    """Return what stands for "all that this list showed"."""
    return signed.sign(f"{snapshot.rows}@{snapshot.at.isoformat()}".encode(), key, purpose=_SEEN)


def verify_seen(seen: str, keys: Iterable[str]) -> Snapshot:
    """Return the snapshot. Raises InvalidRequest naming `seen` for a text that is not ours.

    One from before the time stood in it is of a time that bounds nothing.
    """
    packed = signed.verify(seen, keys, purpose=_SEEN)
    if packed is None:
        raise InvalidRequest("seen", "is not one of ours")
    rows, _, at = packed.decode().partition("@")
    return Snapshot(rows, datetime.fromisoformat(at) if at else _LAST)
