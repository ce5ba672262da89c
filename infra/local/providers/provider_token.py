"""Checks provider tokens as Apple does: signature, issuer, age, and the rate of new ones.

Source: developer.apple.com, "Establishing a token-based connection to APNs".
"""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key

if TYPE_CHECKING:
    from infra.local.providers.credentials import Accounts

MAX_AGE = 3600  # seconds
MIN_BETWEEN_TOKENS = 1200
SKEW = 60


class ProviderTokens:
    """Remembers verified tokens by their text, so that each is verified once."""

    def __init__(self, *, accounts: "Accounts", clock: Callable[[], float] = time.time) -> None:
        key = load_pem_private_key(accounts.apns_key.encode(), password=None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise TypeError("an APNs key is an elliptic curve key")
        self._public_key = key.public_key()
        self._key_id = accounts.apns_key_id
        self._team_id = accounts.apns_team_id
        self._clock = clock
        self._issued: dict[str, int] = {}

    def refusal(self, authorization: str | None) -> str | None:
        """Return Apple's reason to refuse an `authorization` header, None for a good one."""
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            return "MissingProviderToken"
        issued = self._issued.get(token)
        if issued is None:
            issued = self._verified(token)
            if issued is None or issued > self._clock() + SKEW:
                return "InvalidProviderToken"
        if self._clock() - issued > MAX_AGE:
            return "ExpiredProviderToken"
        if token not in self._issued and any(abs(issued - seen) < MIN_BETWEEN_TOKENS for seen in self._issued.values()):
            return "TooManyProviderTokenUpdates"
        self._issued[token] = issued
        return None

    def _verified(self, token: str) -> int | None:
        """Return when a well-signed token of our team and key was issued, else None."""
        try:
            if jwt.get_unverified_header(token).get("kid") != self._key_id:
                return None
            claims = jwt.decode(
                token, self._public_key, algorithms=["ES256"], issuer=self._team_id, options={"verify_iat": False}
            )
        except jwt.InvalidTokenError:
            return None
        issued = claims.get("iat")
        return issued if isinstance(issued, int) else None
