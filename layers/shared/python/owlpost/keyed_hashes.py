"""Keyed hashes of mailed codes, sources and addresses, and the hash of a random token."""

import hashlib
import hmac
from collections.abc import Sequence

from owlpost.domain.value import dataclass

#: Hexadecimal digits of the hashes in the audit trail.
SHORT_HASH = 16


@dataclass(frozen=True, slots=True)
class CodeHashes:
    """Keyed hashes of codes, sources and addresses. Without a key, all values of these could be hashed and compared."""

    keys: Sequence[str]

    def hash(self, address: str, code: str) -> str:
        return _keyed(self.keys[0], address, code)

    def matches(self, address: str, code: str, stored: str) -> bool:
        """Compare in constant time, under each key, because the code may be older than the newest key."""
        return any(hmac.compare_digest(_keyed(key, address, code), stored) for key in self.keys)

    def hash_source(self, source: str | None) -> str | None:
        """Return a keyed hash of a source for the audit trail, None for an unknown source."""
        return None if source is None else _digest(self.keys[0], f"owlpost.source.1:{source}")[:SHORT_HASH]

    def hash_device(self, agent: str, source: str | None) -> str:
        """Return a keyed hash of a user agent at a source; no browser's token has this hash."""
        return "device:" + _digest(self.keys[0], f"owlpost.device.1:{source}:{agent}")

    def hash_address(self, address: str) -> str:
        """Return a keyed hash of an address for the audit trail."""
        return _digest(self.keys[0], f"owlpost.address.1:{address}")[:SHORT_HASH]


def _keyed(key: str, address: str, code: str) -> str:
    return _digest(key, f"owlpost.code.1:{address}:{code}")


def _digest(key: str, message: str) -> str:
    return hmac.digest(key.encode(), message.encode(errors="replace"), hashlib.sha256).hex()


def token_hash(token: str) -> str:
    """Return the hash under which a random token is stored; 256 random bits need no key."""
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()
