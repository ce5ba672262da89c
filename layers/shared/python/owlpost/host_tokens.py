"""The host product's own sign-in: its JWTs, verified by the public keys that it publishes (RFC 7519, RFC 7517)."""

import hashlib
import threading
from collections.abc import Callable
from dataclasses import field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from uuid import UUID

import jwt
import urllib3

from owlpost.domain import json_values
from owlpost.domain.clock import Clock
from owlpost.domain.errors import InvalidRequest
from owlpost.domain.people import HostSession
from owlpost.domain.refusals import NotSignedIn, Unavailable
from owlpost.domain.value import dataclass
from owlpost.observability import logger

#: Signatures by a key pair alone: with a shared secret, whoever can verify can also sign.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
CLAIMS = ["iss", "aud", "iat", "exp"]
#: By how much the host's clock may differ from ours.
LEEWAY = timedelta(seconds=60)
#: Keys are fetched again after this time, so that one that was withdrawn ends.
FRESH = timedelta(minutes=10)
#: And at most so often for a key that is not among them: anybody can send a token that names one.
PAUSE = timedelta(seconds=30)
#: For so long the last keys hold while the host does not answer.
STALE = timedelta(hours=24)
SECONDS = urllib3.Timeout(connect=2, read=3, total=4)
LARGEST = 64 * 1024

Fetch = Callable[[str], bytes]


def fetch(url: str) -> bytes:
    """Return what stands at the address, which may lead nowhere else. Raises OSError if nothing does in time."""
    try:
        with urllib3.PoolManager(num_pools=1) as pool:
            answer = pool.request("GET", url, timeout=SECONDS, retries=False, redirect=False, preload_content=False)
            body = answer.read(LARGEST + 1)
            answer.close()
    except urllib3.exceptions.HTTPError as error:
        raise OSError(f"{type(error).__name__}") from error
    if answer.status != 200 or len(body) > LARGEST:
        raise OSError(f"answered {answer.status}, {len(body)} bytes")
    return bytes(body)


@dataclass(slots=True)
class HostKeys:
    """The keys at the host's JWKS address, kept between requests."""

    url: str
    now: Clock
    fetch: Fetch = fetch
    _keys: dict[str | None, jwt.PyJWK] = field(default_factory=dict)
    _tried_at: datetime | None = None
    _fetched_at: datetime | None = None
    _turn: threading.Lock = field(default_factory=threading.Lock)

    def key(self, key_id: str | None) -> jwt.PyJWK:
        """Return the key of this id, or the only one for a token that names none.

        Raises NotSignedIn if the host has no such key, Unavailable if it has not answered for too long.
        """
        with self._turn:
            self._refresh(known=key_id in self._keys)
            found = self._keys.get(key_id)
            if found is None and key_id is None and len(self._keys) == 1:
                found = next(iter(self._keys.values()))
        if found is None:
            raise NotSignedIn
        return found

    def _refresh(self, *, known: bool) -> None:
        now = self.now()
        age = now - self._fetched_at if self._fetched_at else None
        if known and age is not None and age < FRESH:
            return
        if self._tried_at is None or now - self._tried_at >= PAUSE:
            self._tried_at = now
            try:
                self._keys, self._fetched_at, age = _parsed(self.fetch(self.url)), now, timedelta()
            except (OSError, ValueError, InvalidRequest, jwt.PyJWTError) as error:
                logger().warning("the host's keys were not read", extra={"error": type(error).__name__})
        if age is None or age > STALE:
            raise Unavailable("Sign-in is not available at the moment.", retry_after=PAUSE.total_seconds())


def _parsed(body: bytes) -> dict[str | None, jwt.PyJWK]:
    document = json_values.parse(body.decode())
    if not isinstance(document, dict):
        raise ValueError("not a JSON object")  # noqa: TRY004 (it is a value at fault, caught with others)
    keys = jwt.PyJWKSet.from_dict(document).keys
    return {each.key_id: each for each in keys if each.public_key_use in {None, "sig"}}


@dataclass(frozen=True, slots=True)
class HostTokens:
    """Verify the host's tokens. `user_by` says how its user is one of ours: by the id in `sub`, or by the claim `email`."""

    keys: HostKeys
    issuer: str
    audience: str
    user_by: Literal["id", "email"] = "id"

    def verify(self, token: str) -> HostSession:
        """Return the session of a token. Raises NotSignedIn, or Unavailable if the host's keys cannot be had."""
        try:
            header = jwt.get_unverified_header(token)
            if header.get("alg") not in ALGORITHMS:
                raise NotSignedIn
            key_id = header.get("kid")
            claims = jwt.decode(
                token,
                self.keys.key(key_id if isinstance(key_id, str) else None),
                algorithms=ALGORITHMS,
                audience=self.audience,
                issuer=self.issuer,
                leeway=LEEWAY,
                options={"require": CLAIMS},
            )
            return self._session(token, claims)
        except (jwt.PyJWTError, KeyError, ValueError, TypeError, OverflowError, InvalidRequest):
            raise NotSignedIn from None

    def _session(self, token: str, claims: dict[str, Any]) -> HostSession:
        issued_at = datetime.fromtimestamp(claims["iat"], UTC)
        id_ = "host:" + hashlib.sha256(f"{self.issuer} {claims.get('jti') or token}".encode()).hexdigest()
        if self.user_by == "id":
            return HostSession(id_, issued_at, user_id=UUID(claims["sub"]))
        if claims.get("email_verified", True) is not True:
            raise NotSignedIn
        return HostSession(id_, issued_at, address=str(claims["email"]))
