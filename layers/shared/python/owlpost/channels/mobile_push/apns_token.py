"""The provider token for APNs. Every container makes the same one, without sharing anything."""

import json
from collections.abc import Callable

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from jwt import PyJWS
from jwt.algorithms import ECAlgorithm
from jwt.utils import der_to_raw_signature

from owlpost import observability
from owlpost.domain.value import dataclass

#: Apple refuses tokens older than an hour, and more than one renewal in twenty minutes.
WINDOW_SECONDS = 1800
RENEWAL_SECONDS = 1200
#: How far the worker's clock may be off, either way. A token is used only this long after its `iat`, so that a fast clock never
#: makes one that is in Apple's future. By our clock the next one takes over when it is 40 minutes old.
SKEW_SECONDS = 600
#: A renewed token, which belongs to no window, is used until it is so old by our clock; it is 55 minutes old by Apple's then.
LONGEST_SECONDS = 2700


class DeterministicES256(ECAlgorithm):
    """ES256 with a deterministic signature (RFC 6979): equal claims make equal tokens."""

    def __init__(self) -> None:
        super().__init__(SHA256)
        self._scheme = _deterministic_ecdsa()

    def sign(self, msg: bytes, key: ec.EllipticCurvePrivateKey) -> bytes:
        return der_to_raw_signature(key.sign(msg, self._scheme), key.curve)


def _deterministic_ecdsa() -> ec.ECDSA:
    try:
        return ec.ECDSA(SHA256(), deterministic_signing=True)
    except UnsupportedAlgorithm:
        # Still valid, but each container has its own token, and many cold starts may get TooManyProviderTokenUpdates.
        observability.logger().warning(
            "this OpenSSL cannot sign deterministically; APNs tokens will differ by container"
        )
        return ec.ECDSA(SHA256())


@dataclass(frozen=True, slots=True)
class SigningKey:
    """An APNs key as Apple issues it, with its team."""

    key: ec.EllipticCurvePrivateKey
    key_id: str
    team_id: str


class ApnsProviderToken:
    """Makes the bearer token; `clock` gives seconds since the epoch."""

    def __init__(self, signing_key: SigningKey, *, clock: Callable[[], float]) -> None:
        self._signing_key = signing_key
        self._clock = clock
        self._jws = PyJWS(algorithms=[])
        self._jws.register_algorithm("ES256", DeterministicES256())
        self._stepped = 0
        self._issued_at = -1
        self._bearer = b""

    def bearer(self) -> bytes:
        """Return the current value of the `authorization` header."""
        issued_at = self._issue_time()
        if issued_at != self._issued_at:
            self._issued_at, self._bearer = issued_at, self._signed(issued_at)
        return self._bearer

    def refused(self, bearer: bytes) -> None:
        """Renew a token that Apple called expired, unless it is too young for Apple to accept a renewal.

        The new `iat` is a whole minute, so that containers with the same refusal make the same token again.
        """
        if bearer == self._bearer and self._clock() - SKEW_SECONDS - self._issued_at >= RENEWAL_SECONDS:
            self._stepped = self._minute()

    def _issue_time(self) -> int:
        """Return the `iat` to use: that of the window, or of the last renewal until the next window is far enough from it."""
        window = int((self._clock() - SKEW_SECONDS) // WINDOW_SECONDS * WINDOW_SECONDS)
        if window - self._stepped >= RENEWAL_SECONDS:
            return window
        if self._clock() - self._stepped >= LONGEST_SECONDS:
            self._stepped = self._minute()
        return self._stepped

    def _minute(self) -> int:
        return int((self._clock() - SKEW_SECONDS) // 60 * 60)

    def _signed(self, issued_at: int) -> bytes:
        claims = json.dumps({"iss": self._signing_key.team_id, "iat": issued_at}, separators=(",", ":"))
        headers = {"kid": self._signing_key.key_id}
        token = self._jws.encode(claims.encode(), self._signing_key.key, algorithm="ES256", headers=headers)
        return b"bearer " + token.encode()
