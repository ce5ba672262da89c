"""Google's token endpoint for service accounts: a signed assertion in, an access token for an hour out.

Source: developers.google.com/identity/protocols/oauth2/service-account. Access tokens carry their end and a signature, so they
hold over a restart, as Google's do.
"""

import hashlib
import hmac
import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from infra.local.providers.exchange import Answer, Request, json_answer
from infra.local.providers.faults import Fault, FaultPlan, suffer

if TYPE_CHECKING:
    from infra.local.providers.credentials import Accounts

GRANT_TYPE = "urn:ietf:params:oauth:grant-type:jwt-bearer"
SCOPES = {
    "https://www.googleapis.com/auth/firebase.messaging",
    "https://www.googleapis.com/auth/cloud-platform",
}
HOUR = 3600  # seconds
SKEW = 60


class AssertionRefusedError(Exception):
    """The assertion gets no access token. The text is Google's `error_description`."""


class TokenEndpoint:
    """Issues access tokens and verifies them."""

    def __init__(
        self, *, accounts: "Accounts", token_uri: str, faults: FaultPlan, clock: Callable[[], float] = time.time
    ) -> None:
        key = load_pem_private_key(accounts.fcm_key.encode(), password=None)
        if not isinstance(key, rsa.RSAPrivateKey):
            raise TypeError("a service account's key is an RSA key")
        self._public_key = key.public_key()
        self._accounts = accounts
        self._token_uri = token_uri
        self._faults = faults
        self._clock = clock

    def handle(self, request: Request) -> Answer:
        """Answer one request for a token."""
        fault = self._faults.pick("fcm_token", lambda: request.path)
        return suffer(fault, accept=partial(self._grant, request), refuse=_failure) if fault else self._grant(request)

    def knows(self, token: str) -> bool:
        """Return whether we issued the access token and it is still valid."""
        stem, _, signature = token.rpartition(".")
        end = stem.removeprefix("ya29.")
        return hmac.compare_digest(signature, self._sign(stem)) and end.isdecimal() and int(end) > self._clock()

    def _grant(self, request: Request) -> Answer:
        if request.method != "POST":
            return _error("invalid_request", "The token endpoint takes POST.", status=405)
        form = parse_qs(request.body.decode("latin-1"))
        if form.get("grant_type") != [GRANT_TYPE]:
            return _error("unsupported_grant_type", f"grant_type must be {GRANT_TYPE}")
        try:
            self._check(form.get("assertion", [""])[0])
        except AssertionRefusedError as error:
            return _error("invalid_scope" if "scope" in str(error) else "invalid_grant", str(error))
        stem = f"ya29.{int(self._clock()) + HOUR}"
        token = f"{stem}.{self._sign(stem)}"
        return json_answer(200, {"access_token": token, "expires_in": HOUR - 1, "token_type": "Bearer"})

    def _check(self, assertion: str) -> None:
        try:
            claims = jwt.decode(
                assertion,
                self._public_key,
                algorithms=["RS256"],
                audience=self._token_uri,
                issuer=self._accounts.fcm_client_email,
                options={"verify_exp": False, "verify_iat": False, "require": ["iss", "aud", "exp", "iat"]},
            )
            now, issued, end = self._clock(), int(claims["iat"]), int(claims["exp"])
        except (jwt.InvalidTokenError, ValueError, TypeError) as error:
            raise AssertionRefusedError(f"Invalid JWT: {error}") from error
        if not (issued - SKEW <= now <= end and end - issued <= HOUR):
            raise AssertionRefusedError(
                "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe."
            )
        if not SCOPES & set(str(claims.get("scope", "")).split()):
            raise AssertionRefusedError("Invalid OAuth scope or ID token audience provided.")

    def _sign(self, stem: str) -> str:
        return hmac.new(self._accounts.fcm_token_secret.encode(), stem.encode(), hashlib.sha256).hexdigest()


def _failure(fault: Fault) -> Answer:
    return _error("internal_failure", "The service failed.", status=503 if fault.kind == "error_503" else 500)


def _error(error: str, description: str, *, status: int = 400) -> Answer:
    return json_answer(status, {"error": error, "error_description": description})
