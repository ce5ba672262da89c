"""Says to a push service who we are (RFC 8292): a key of ours, and a token signed with it for each service."""

import hashlib
import hmac
from dataclasses import field
from urllib.parse import urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import ec

from owlpost.channels.web_push.encryption import public_point
from owlpost.domain.base64url import encoded
from owlpost.domain.value import dataclass

#: "not … more than 24 hours from the time of the request" (RFC 8292, section 2). Half of it, for clocks that differ.
LIFETIME_SECONDS = 43_200
#: A token is used again for so long: its signature is most of what a push costs.
WINDOW_SECONDS = 3_600
#: The order of P-256 (SEC 2, section 2.4.2): keys are the numbers from 1 to one less.
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_PURPOSE = b"owlpost.web_push.1"


def key_of(secret: str) -> ec.EllipticCurvePrivateKey:
    """Return the key that a secret of any length stands for: for the same secret always the same.

    64 bits more than the order has leave no bias that matters (FIPS 186-5, appendix A.2.1).
    """
    drawn = hmac.digest(secret.encode(), _PURPOSE, hashlib.sha512)
    return ec.derive_private_key(int.from_bytes(drawn) % (_ORDER - 1) + 1, ec.SECP256R1())


def public_key_of(secret: str) -> str:
    """Return the public key as a page hands it to `pushManager.subscribe`."""
    return encoded(public_point(key_of(secret)))


def origin_of(endpoint: str) -> str:
    """Return the origin of a push service: the audience of its tokens."""
    parts = urlsplit(endpoint)
    return f"{parts.scheme}://{parts.netloc}"


@dataclass
class Vapid:
    """`subject` is where a push service reaches the operator: `mailto:` or `https:`."""

    key: ec.EllipticCurvePrivateKey
    subject: str
    _tokens: dict[str, tuple[int, str]] = field(default_factory=dict)

    def authorization(self, endpoint: str, *, now: float) -> str:
        """Return the `authorization` header for a push to this endpoint."""
        audience, window = origin_of(endpoint), int(now // WINDOW_SECONDS * WINDOW_SECONDS)
        made, header = self._tokens.get(audience, (0, ""))
        if made != window:
            header = self._header(audience, window)
            self._tokens[audience] = window, header
        return header

    def _header(self, audience: str, window: int) -> str:
        claims = {"aud": audience, "exp": window + LIFETIME_SECONDS, "sub": self.subject}
        token = jwt.encode(claims, self.key, algorithm="ES256")
        return f"vapid t={token}, k={encoded(public_point(self.key))}"
