"""A fake push service of browsers: it checks all that the real ones do, and is the browsers that read what comes.

`POST /subscriptions` with `{"key", "maker"}` is `pushManager.subscribe`. A push that its browser cannot read is taken, as a
service cannot tell, and shown to nobody.

Sources: RFC 8030, RFC 8291, RFC 8292, mozilla-services/autopush-rs, docs/src/errors.md, and web_push_catalogue.
"""

import base64
import json
import logging
import re
import secrets
import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import ec

from infra.local.providers.exchange import Answer, Request, json_answer
from infra.local.providers.faults import Fault, FaultPlan, answer_of, retry_after, suffer
from infra.local.providers.ledger import Accepted, Ledger
from infra.local.providers.web_push_catalogue import ANSWERS

if TYPE_CHECKING:
    from infra.local.providers.web_push_browsers import Browser, Browsers

log = logging.getLogger(__name__)

FAULTS = {
    "rate_limit": "mozilla_too_fast",
    "error_500": "mozilla_error",
    "error_503": "mozilla_unavailable",
    "refused_key": "mozilla_bad_token",
    "dead_token": "mozilla_gone",
}
#: "Payload too large" at Mozilla, whose limit is the lowest.
MOST_BYTES = 4_028
LONGEST_TTL = 2_592_000
LONGEST_TOKEN = 86_400
SKEW = 60
TOPIC = re.compile(r"[A-Za-z0-9_-]{1,32}")
URGENCIES = {"very-low", "low", "normal", "high"}
VAPID = re.compile(r"vapid t=(?P<token>[\w.-]+), ?k=(?P<key>[\w-]+)", re.ASCII | re.IGNORECASE)
OTHER_KEY = {
    "mozilla": "mozilla_other_key",
    "google": "google_other_key",
    "apple": "apple_bad_token",
    "windows": "windows_not_ours",
}
#: Of Apple: a host with a dot, and neither space nor angle bracket (web-push-libs/web-push#947).
SUBJECT = re.compile(r"(?:mailto:[^\s<>@]+@|https://)[^\s<>@/:]+\.[^\s<>@/:]+(?:[/:][^\s<>]*)?")


class WebPush:
    """The application behind the fake's HTTP server. `origin` is where it is called, which tokens name as their audience."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        faults: FaultPlan,
        browsers: "Browsers",
        origin: str,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._ledger = ledger
        self._faults = faults
        self._browsers = browsers
        self._origin = origin
        self._clock = clock

    def handle(self, request: Request) -> Answer:
        """Answer one request."""
        if (request.method, request.path) == ("POST", "/subscriptions"):
            return self._subscribed(request)
        fault = self._faults.pick("web_push", lambda: request.path)
        if fault is None:
            return self._push(request)
        return suffer(fault, accept=partial(self._push, request), refuse=_refusal)

    def _subscribed(self, request: Request) -> Answer:
        try:
            wanted: dict[str, Any] = json.loads(request.body)
            browser = self._browsers.subscribe(str(wanted["key"]), str(wanted.get("maker", "mozilla")))
        except (ValueError, KeyError, TypeError) as error:
            return json_answer(400, {"error": str(error)})
        return json_answer(201, browser.subscription(self._origin))

    def _push(self, request: Request) -> Answer:
        browser = self._browsers.at(request.path) if request.method == "POST" else None
        if browser is None:
            return ANSWERS["mozilla_no_endpoint"].answer()
        if refused := self._refused(request, browser):
            return ANSWERS[refused].answer()
        self._record(request, browser)
        ttl = request.headers["ttl"]
        return ANSWERS[f"{browser.maker}_taken"].answer((("location", f"{self._origin}/m{request.path}"), ("ttl", ttl)))

    def _refused(self, request: Request, browser: "Browser") -> str | None:
        """Return the name of the refusal, None for a push that will do."""
        headers = request.headers
        if "ttl" not in headers:
            return "mozilla_no_ttl"
        if not headers["ttl"].isdecimal() or int(headers["ttl"]) > LONGEST_TTL:
            return "mozilla_bad_ttl"
        if not TOPIC.fullmatch(headers.get("topic", "none")) or headers.get("urgency", "normal") not in URGENCIES:
            return "mozilla_bad_topic"
        if headers.get("content-encoding") != "aes128gcm":
            return "mozilla_no_crypto"
        if len(request.body) > MOST_BYTES:
            return "mozilla_too_large"
        return self._stranger(headers.get("authorization", ""), browser)

    def _stranger(self, authorization: str, browser: "Browser") -> str | None:
        """Return why the sender is not who may push here. RFC 8292, sections 2 to 4."""
        found = VAPID.fullmatch(authorization)
        refused = "apple_bad_token" if browser.maker == "apple" else "mozilla_bad_token"
        claims = _claims(found["token"], found["key"]) if found else None
        if found is None or claims is None:
            return refused
        left = claims.get("exp", 0) - self._clock()
        good = claims.get("aud") == self._audience and 0 < left <= LONGEST_TOKEN + SKEW
        if not good or not SUBJECT.fullmatch(str(claims.get("sub", ""))):
            return refused
        if found["key"].rstrip("=") != browser.application_key.rstrip("="):
            return OTHER_KEY[browser.maker]
        return None

    @property
    def _audience(self) -> str:
        parts = urlsplit(self._origin)
        return f"{parts.scheme}://{parts.netloc}"

    def _record(self, request: Request, browser: "Browser") -> None:
        try:
            message = json.loads(browser.decrypted(request.body))
        except ValueError:
            log.warning("a browser could not read its push, and showed nothing")
            return
        names = ("ttl", "urgency", "topic", "content-encoding")
        self._ledger.record(
            Accepted(
                at=self._clock(),
                channel="web_push",
                provider=browser.maker,
                recipient=request.path,
                provider_id=secrets.token_hex(8),
                notification_id=message.get("id"),
                collapse_id=request.headers.get("topic"),
                title=message.get("title"),
                text=message.get("body"),
                headers=json.dumps({name: request.headers[name] for name in names if name in request.headers}),
                payload=json.dumps(message),
            )
        )


def _claims(token: str, key: str) -> dict[str, Any] | None:
    """Return the claims of a token that this key has signed, else None."""
    try:
        point = base64.urlsafe_b64decode(key + "=" * (-len(key) % 4))
        public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
        options: Any = {"verify_aud": False, "verify_exp": False}  # judged by the fake's own clock
        return jwt.decode(token, public, algorithms=["ES256"], options=options)
    except (ValueError, jwt.InvalidTokenError):
        return None


def _refusal(fault: Fault) -> Answer:
    return answer_of(fault, FAULTS).answer(retry_after(fault))
