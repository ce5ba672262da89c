"""The version of the registry of types, as far as it decides who is told over which channel."""

import hashlib

from owlpost.domain.types import NOTIFICATION_TYPE_META

#: Hexadecimal digits of a version.
LENGTH = 8


def registry_version() -> str:
    """Return a text that changes whenever a type, its channels, its defaults or its waits do."""
    deciding = [
        (
            kind.key,
            kind.channels,
            tuple(filter(kind.is_on_by_default, kind.channels)),
            kind.dispatched,
            kind.mandatory,
            kind.email_after.total_seconds(),
        )
        for kind in NOTIFICATION_TYPE_META.values()
    ]
    return hashlib.sha256(repr(deciding).encode()).hexdigest()[:LENGTH]
