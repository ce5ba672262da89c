"""Seals what the database keeps and must not show: the addresses and secrets of destinations.

AES-256-GCM with a random nonce; the row's id is authenticated with it, so that a seal opens in no other row.
"""

import base64
import binascii
import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping, Sequence
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from owlpost.domain.value import dataclass

VERSION = "1"
#: NIST SP 800-38D recommends 96 bits; at random they do for 2**32 seals under one key.
NONCE_BYTES = 12
KEY_ID_DIGITS = 8


class CannotOpen(ValueError):
    """The seal is of a key that is no longer listed, of another row, or damaged."""


@dataclass(frozen=True, slots=True)
class Seals:
    """`keys` are secrets of any length, the newest first: it seals, and all of them open."""

    keys: Sequence[str]

    def seal(self, id_: UUID, content: Mapping[str, object]) -> str:
        """Return the content as a text that only these keys open, for the row with this id."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        sealed = AESGCM(_key(self.keys[0])).encrypt(nonce, json.dumps(content).encode(), id_.bytes)
        return f"{VERSION}.{_key_id(self.keys[0])}.{base64.b64encode(nonce + sealed).decode()}"

    def open(self, id_: UUID, sealed: str) -> dict[str, object]:
        """Return what was sealed for the row with this id. Raises CannotOpen."""
        version, _, rest = sealed.partition(".")
        key_id, _, encoded = rest.partition(".")
        key = next((key for key in self.keys if _key_id(key) == key_id), None)
        if version != VERSION or key is None:
            raise CannotOpen("it is sealed with a key that is not listed")
        try:
            data = base64.b64decode(encoded, validate=True)
            opened = AESGCM(_key(key)).decrypt(data[:NONCE_BYTES], data[NONCE_BYTES:], id_.bytes)
        except (InvalidTag, binascii.Error, ValueError) as error:
            raise CannotOpen("it is damaged, or of another row") from error
        content: dict[str, object] = json.loads(opened)
        return content

    def fingerprints(self, address: str) -> list[str]:
        """Return the keyed hash of an address under each key, the newest first."""
        return [
            hmac.digest(_key(key), b"owlpost.fingerprint.1:" + address.encode(), "sha256").hex() for key in self.keys
        ]


def _key(secret: str) -> bytes:
    return hashlib.sha256(b"owlpost.seal.1:" + secret.encode()).digest()


def _key_id(secret: str) -> str:
    return hashlib.sha256(b"owlpost.seal.id.1:" + secret.encode()).hexdigest()[:KEY_ID_DIGITS]
