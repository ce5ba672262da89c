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

from infra.local.providers.catalogue import compact
from infra.local.providers.exchange import Answer, Request
from infra.local.providers.faults import Fault, FaultPlan, answer_of, suffer
from infra.local.providers.oauth_catalogue import ANSWERS, JSON

if TYPE_CHECKING:
    from infra.local.providers.credentials import Accounts

GRANT_TYPE = "urn:ietf:params:oauth:grant-type:jwt-bearer"
SCOPES = {
    "https://www.googleapis.com/auth/firebase.messaging",
    "https://www.googleapis.com/auth/cloud-platform",
}
#: The audience that Google's own library names, whatever address the account has.
GOOGLES_URI = "https://oauth2.googleapis.com/token"
HOUR = 3600  # seconds
SKEW = 60
#: The name of the answer for each fault.
FAULTS = {"error_500": "internal_error", "error_503": "unavailable"}


class AssertionRefusedError(Exception):
    """The assertion gets no access token. The text is the name of the answer in the catalogue."""


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
        form = parse_qs(request.body.decode("latin-1"))
        if request.method != "POST" or form.get("grant_type") != [GRANT_TYPE]:
            return ANSWERS["unsupported_grant_type"].answer()
        try:
            self._check(form.get("assertion", [""])[0])
        except AssertionRefusedError as error:
            return ANSWERS[str(error)].answer()
        stem = f"ya29.{int(self._clock()) + HOUR}"
        granted = {"access_token": f"{stem}.{self._sign(stem)}", "expires_in": HOUR - 1, "token_type": "Bearer"}
        return Answer(200, compact(granted), (("content-type", JSON),))

    def _check(self, assertion: str) -> None:
        try:
            claims = jwt.decode(
                assertion,
                self._public_key,
                algorithms=["RS256"],
                audience=[self._token_uri, GOOGLES_URI],
                issuer=self._accounts.fcm_client_email,
                options={"verify_exp": False, "verify_iat": False, "require": ["iss", "aud", "exp", "iat"]},
            )
            now, issued, end = self._clock(), int(claims["iat"]), int(claims["exp"])
        except jwt.InvalidIssuerError as error:
            raise AssertionRefusedError("account_not_found") from error
        except jwt.InvalidSignatureError as error:
            raise AssertionRefusedError("invalid_signature") from error
        except (jwt.InvalidTokenError, ValueError, TypeError) as error:
            raise AssertionRefusedError("invalid_grant") from error
        if not (issued - SKEW <= now <= end and end - issued <= HOUR):
            raise AssertionRefusedError("invalid_grant")
        if not SCOPES & set(str(claims.get("scope", "")).split()):
            raise AssertionRefusedError("invalid_scope")

    def _sign(self, stem: str) -> str:
        return hmac.new(self._accounts.fcm_token_secret.encode(), stem.encode(), hashlib.sha256).hexdigest()


def _failure(fault: Fault) -> Answer:
    return answer_of(fault, FAULTS).answer()
