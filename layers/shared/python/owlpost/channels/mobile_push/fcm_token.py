"""The access token for FCM, requested with the service account's signature and kept until shortly before it expires."""

import math
import re
from collections.abc import Callable
from urllib.parse import urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from owlpost.channels.http2.client import PushClient
from owlpost.channels.http2.exchange import Call, Response
from owlpost.channels.provider_answer import document, storable
from owlpost.domain.errors import TransientFault
from owlpost.domain.reasons import Reason
from owlpost.domain.value import dataclass

SCOPE = "https://www.googleapis.com/auth/firebase.messaging"
GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
#: Renew a token this long before it expires, so that none expires during a request.
MARGIN_SECONDS = 300
#: Answers after which Google's own libraries ask again (node-gtoken#481), and the error after which they do so whatever the
#: status (google-auth-library-python#368).
PASSING = frozenset({408, 429, *range(500, 600)})
INTERNAL_FAILURE = "internal_failure"
#: How far the worker's clock may be off, either way: Google refuses an assertion whose `iat` is to come or whose `exp` is past.
SKEW_SECONDS = 600
#: Seconds for which Google grants a token.
LONGEST_LIFETIME = 3600.0
#: What an HTTP header can carry of a bearer token (RFC 6750).
TOKEN = re.compile(r"[A-Za-z0-9._~+/=-]{1,8192}")


@dataclass(frozen=True, slots=True)
class ServiceAccount:
    """The content of Google's service account file."""

    project_id: str
    client_email: str
    key: RSAPrivateKey
    key_id: str
    token_uri: str


class TokenRefused(TransientFault):
    """Google refuses the service account: the operator has to mend it, and a later attempt may succeed."""


def refusal(response: Response) -> TransientFault | None:
    """Return the fault that an answer of the token endpoint means, None if it grants a token."""
    if response.status == 200:
        return None
    answer = document(response.body)
    words = f"HTTP {response.status} {storable(answer.get('error_description'))}".rstrip()
    if response.status in PASSING or answer.get("error") == INTERNAL_FAILURE:
        return TransientFault(Reason.FCM_TOKEN_UNAVAILABLE, words)
    return TokenRefused(Reason.FCM_TOKEN_REFUSED, words)


class FcmAccessToken:
    """Caches the token. `client` connects to the origin of `token_uri`; `clock` returns seconds since the epoch."""

    def __init__(self, account: ServiceAccount, client: PushClient, *, clock: Callable[[], float]) -> None:
        self._account = account
        self._client = client
        self._clock = clock
        self._bearer = b""
        self._ends_at = 0.0

    async def bearer(self, *, deadline: float) -> bytes:
        """Return the value of the `authorization` header. Raises TransientFault, never ambiguous, if Google gives no token."""
        if not self._bearer or self._clock() >= self._ends_at:
            self._take(await self._ask(deadline))
        return self._bearer

    def refused(self, bearer: bytes) -> None:
        """Drop a token that FCM refused."""
        if bearer == self._bearer:
            self._bearer = b""

    async def _ask(self, deadline: float) -> Response:
        try:
            response = await self._client.request(self._call(), deadline=deadline)
        except TransientFault as fault:
            # Whatever happened here, no push was sent.
            raise TransientFault(Reason.FCM_TOKEN_UNAVAILABLE, str(fault)) from fault
        if refused := refusal(response):
            raise refused
        return response

    def _take(self, response: Response) -> None:
        granted = document(response.body)
        token, lifetime = granted.get("access_token"), granted.get("expires_in", LONGEST_LIFETIME)
        if not isinstance(token, str) or not TOKEN.fullmatch(token) or not isinstance(lifetime, int | float):
            raise TransientFault(Reason.FCM_TOKEN_UNAVAILABLE, "the answer holds no token")
        self._bearer = b"Bearer " + token.encode()
        lifetime = 0.0 if math.isnan(lifetime) else min(max(lifetime, 0.0), LONGEST_LIFETIME)
        self._ends_at = self._clock() + max(lifetime - MARGIN_SECONDS, lifetime / 2)

    def _call(self) -> Call:
        path = urlsplit(self._account.token_uri).path or "/"
        headers = (
            (b":method", b"POST"),
            (b":scheme", b"https"),
            (b":authority", self._client.authority),
            (b":path", path.encode()),
            (b"content-type", b"application/x-www-form-urlencoded"),
        )
        return Call(headers, urlencode({"grant_type": GRANT, "assertion": self._assertion()}).encode())

    def _assertion(self) -> str:
        issued_at = int(self._clock()) - SKEW_SECONDS
        claims = {
            "iss": self._account.client_email,
            "scope": SCOPE,
            "aud": self._account.token_uri,
            "iat": issued_at,
            "exp": issued_at + 3600,
        }
        return jwt.encode(claims, self._account.key, algorithm="RS256", headers={"kid": self._account.key_id})
