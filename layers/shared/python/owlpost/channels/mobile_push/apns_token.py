"""The token by which APNs knows us: the same in every container, with nothing shared between them."""

import json
from collections.abc import Callable
from dataclasses import dataclass

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from jwt import PyJWS
from jwt.algorithms import ECAlgorithm
from jwt.utils import der_to_raw_signature

from owlpost import observability

#: Apple refuses tokens older than an hour, and more than one renewal in twenty minutes.
WINDOW_SECONDS = 2400
RENEWAL_SECONDS = 1200
#: A window's token is taken into use so long after its `iat`: clocks that differ never make one that Apple finds in the future,
#: and it is 45 minutes old when it is given up.
SKEW_SECONDS = 300


class DeterministicES256(ECAlgorithm):
    """ES256 whose signature follows from key and message alone (RFC 6979), so that equal claims make equal tokens."""

    def __init__(self) -> None:
        super().__init__(SHA256)
        self._scheme = _deterministic_ecdsa()

    def sign(self, msg: bytes, key: ec.EllipticCurvePrivateKey) -> bytes:
        return der_to_raw_signature(key.sign(msg, self._scheme), key.curve)


def _deterministic_ecdsa() -> ec.ECDSA:
    try:
        return ec.ECDSA(SHA256(), deterministic_signing=True)
    except UnsupportedAlgorithm:
        # Still valid, but each container holds a token of its own, and many cold starts may meet TooManyProviderTokenUpdates.
        observability.logger().warning(
            "this OpenSSL cannot sign deterministically; APNs tokens will differ by container"
        )
        return ec.ECDSA(SHA256())


@dataclass(frozen=True, slots=True)
class SigningKey:
    """An APNs key as Apple hands it out, with the team that it speaks for."""

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
        """Return the `authorization` header's value for now."""
        issued_at = self._issue_time()
        if issued_at != self._issued_at:
            self._issued_at, self._bearer = issued_at, self._signed(issued_at)
        return self._bearer

    def refused(self, bearer: bytes) -> None:
        """Step out of the windows after Apple called a token expired, unless it is younger than Apple lets us renew it.

        The step goes by whole minutes, so that containers which meet the same refusal meet in one token again.
        """
        if bearer == self._bearer and self._clock() - self._issued_at >= RENEWAL_SECONDS:
            self._stepped = self._minute()

    def _issue_time(self) -> int:
        """The window's, or the step's until a window is far enough from it."""
        window = int((self._clock() - SKEW_SECONDS) // WINDOW_SECONDS * WINDOW_SECONDS)
        if window - self._stepped >= RENEWAL_SECONDS:
            return window
        if self._clock() - self._stepped >= WINDOW_SECONDS + SKEW_SECONDS:
            self._stepped = self._minute()
        return self._stepped

    def _minute(self) -> int:
        return int(self._clock() // 60 * 60)

    def _signed(self, issued_at: int) -> bytes:
        claims = json.dumps({"iss": self._signing_key.team_id, "iat": issued_at}, separators=(",", ":"))
        headers = {"kid": self._signing_key.key_id}
        token = self._jws.encode(claims.encode(), self._signing_key.key, algorithm="ES256", headers=headers)
        return b"bearer " + token.encode()
