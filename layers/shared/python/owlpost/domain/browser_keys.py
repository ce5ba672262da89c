"""The keys in a browser's subscription (RFC 8291, section 3): what is no key of one could never be encrypted for."""

from owlpost.domain.base64url import decoded

AUTH_BYTES = 16
POINT_BYTES = 65
#: P-256 (SEC 2, section 2.4.2): y² = x³ - 3x + B modulo PRIME.
_PRIME = 2**256 - 2**224 + 2**192 + 2**96 - 1
_B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B


def is_public_key(text: object) -> bool:
    """Return whether it is base64url of an uncompressed point on P-256."""
    point = _bytes(text)
    if len(point) != POINT_BYTES or point[0] != 4:
        return False
    x, y = int.from_bytes(point[1:33]), int.from_bytes(point[33:])
    return max(x, y) < _PRIME and (y * y - (x * x * x - 3 * x + _B)) % _PRIME == 0


def is_auth(text: object) -> bool:
    """Return whether it is base64url of a secret for authentication."""
    return len(_bytes(text)) == AUTH_BYTES


def _bytes(text: object) -> bytes:
    try:
        return decoded(text) if isinstance(text, str) else b""
    except ValueError:
        return b""
