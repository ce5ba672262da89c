"""Encrypts what only one browser can read, by RFC 8291 on RFC 8188's `aes128gcm`.

http-ece, the library of this, comes as source alone, and a layer takes wheels alone. These few calls of `cryptography` are held
against it, and against the example of RFC 8291, by tests.
"""

import secrets

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from owlpost.domain.value import dataclass

#: One record holds all: "a push service is not required to support more than 4096 octets" (RFC 8291, section 4).
RECORD_BYTES = 4096
SALT_BYTES = 16
#: What marks the end of the last record (RFC 8188, section 2).
LAST = b"\x02"


@dataclass(frozen=True, slots=True)
class BrowserKeys:
    """A subscription's public key, an uncompressed point of P-256, and its secret for authentication."""

    p256dh: bytes
    auth: bytes


def encrypt(
    plaintext: bytes,
    browser: BrowserKeys,
    *,
    sender: ec.EllipticCurvePrivateKey | None = None,
    salt: bytes | None = None,
) -> bytes:
    """Return the body of a push. `sender` and `salt` are new for each push. Raises ValueError for a key off the curve."""
    sender = sender or ec.generate_private_key(ec.SECP256R1())
    salt = salt or secrets.token_bytes(SALT_BYTES)
    own = public_point(sender)
    theirs = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), browser.p256dh)
    shared = sender.exchange(ec.ECDH(), theirs)
    secret = _derived(shared, browser.auth, b"WebPush: info\0" + browser.p256dh + own, 32)
    key = _derived(secret, salt, b"Content-Encoding: aes128gcm\0", 16)
    nonce = _derived(secret, salt, b"Content-Encoding: nonce\0", 12)
    header = salt + RECORD_BYTES.to_bytes(4) + len(own).to_bytes(1) + own
    return header + AESGCM(key).encrypt(nonce, plaintext + LAST, None)


def public_point(key: ec.EllipticCurvePrivateKey) -> bytes:
    """Return the public key as browsers have it: an uncompressed point."""
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def _derived(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(SHA256(), length, salt, info).derive(secret)
