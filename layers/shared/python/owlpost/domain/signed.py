"""Short texts that go to a client and come back: signed, so that only our own are taken."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable

_SIGNATURE_BYTES = 18


def sign(packed: bytes, key: str, *, purpose: bytes) -> str:
    """Return the bytes with their signature, safe in a URL. The purpose keeps a signature from counting elsewhere."""
    return base64.urlsafe_b64encode(packed + _signature(packed, key, purpose)).decode()


def verify(text: str, keys: Iterable[str], *, purpose: bytes) -> bytes | None:
    """Return the bytes that one of `keys` signed for this purpose; None for any other text."""
    try:
        raw = base64.b64decode(text, altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    if base64.urlsafe_b64encode(raw).decode() != text:  # the decoder takes + for - and / for _ as well
        return None
    packed, signature = raw[:-_SIGNATURE_BYTES], raw[-_SIGNATURE_BYTES:]
    if not any(hmac.compare_digest(_signature(packed, key, purpose), signature) for key in keys):
        return None
    return packed


def _signature(packed: bytes, key: str, purpose: bytes) -> bytes:
    return hmac.digest(key.encode(), purpose + packed, hashlib.sha256)[:_SIGNATURE_BYTES]
