"""A fake of Apple's push service: one POST per device over HTTP/2. It checks every header.

Sources: developer.apple.com, "Sending notification requests to APNs" and "Handling notification responses from APNs".
"""

import json
import re
import time
import uuid
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from infra.local.providers.apns_catalogue import ANSWERS, document
from infra.local.providers.catalogue import compact
from infra.local.providers.exchange import Answer, Request
from infra.local.providers.faults import Fault, FaultPlan, answer_of, suffer
from infra.local.providers.ledger import Accepted, Ledger
from infra.local.providers.provider_token import ProviderTokens

if TYPE_CHECKING:
    from infra.local.providers.credentials import Accounts

PATH = "/3/device/"
MAX_PAYLOAD = 4096
MAX_COLLAPSE_ID = 64
PUSH_TYPES = {
    *("alert", "background", "complication", "controls", "fileprovider", "liveactivity"),
    *("location", "mdm", "pushtotalk", "voip", "widgets"),
}
PRIORITIES = {"1", "5", "10"}
DEVICE_TOKEN = re.compile(r"([0-9a-fA-F]{2}){32,100}")
UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
WHOLE_NUMBER = re.compile(r"-?[0-9]+")

FAULTS = {
    "rate_limit": "TooManyRequests",
    "error_500": "InternalServerError",
    "error_503": "ServiceUnavailable",
    "dead_token": "Unregistered",
    "bad_device_token": "BadDeviceToken",
    "wrong_topic": "DeviceTokenNotForTopic",
    "expired_provider_token": "ExpiredProviderToken",
    "refused_key": "InvalidProviderToken",
    "wrong_environment": "BadEnvironmentKeyInToken",
    "too_many_token_updates": "TooManyProviderTokenUpdates",
}


class Apns:
    """The application behind the fake's HTTP/2 server; production and sandbox alike."""

    def __init__(
        self, *, ledger: Ledger, faults: FaultPlan, accounts: "Accounts", clock: Callable[[], float] = time.time
    ) -> None:
        self._ledger = ledger
        self._faults = faults
        self._topic = accounts.apns_bundle_id
        self._tokens = ProviderTokens(accounts=accounts, clock=clock)
        self._clock = clock

    def handle(self, request: Request) -> Answer:
        """Answer one request."""
        fault = self._faults.pick("apns", lambda: request.path)
        if fault is None:
            return self._push(request)
        return suffer(fault, accept=partial(self._push, request), refuse=partial(self._refuse, request))

    def _push(self, request: Request) -> Answer:
        reason = self._envelope_refusal(request) or _header_refusal(request.headers)
        payload = _payload(request.body)
        reason = reason or payload_refusal(request.body, payload)
        if reason:
            status = ANSWERS[reason].status
            return _answer(request, status, document(reason, status))
        accepted = _answer(request, 200, None)
        self._ledger.record(self._accepted(request, payload, dict(accepted.headers)["apns-id"]))
        return accepted

    def _envelope_refusal(self, request: Request) -> str | None:
        """Return the reason why the path, the provider token or the topic will not do."""
        if request.method != "POST":
            return "MethodNotAllowed"
        if not request.path.startswith(PATH):
            return "BadPath"
        if request.path == PATH:
            return "MissingDeviceToken"
        if reason := self._tokens.refusal(request.headers.get("authorization")):
            return reason
        if not DEVICE_TOKEN.fullmatch(request.path, len(PATH)):
            return "BadDeviceToken"
        topic = request.headers.get("apns-topic")
        if topic is None:
            return "MissingTopic"
        return None if topic == self._topic else "DeviceTokenNotForTopic"

    def _accepted(self, request: Request, payload: dict[str, Any], apns_id: str) -> Accepted:
        alert = payload["aps"].get("alert") or {}
        title, text = (alert.get("title"), alert.get("body")) if isinstance(alert, dict) else (None, alert)
        headers = {name: value for name, value in request.headers.items() if name.startswith("apns-")}
        return Accepted(
            at=self._clock(),
            channel="mobile_push" if alert else "badge",  # a badge shows no notification
            provider="apns",
            recipient=request.path[len(PATH) :],
            provider_id=apns_id,
            notification_id=payload.get("notification_id"),
            collapse_id=request.headers.get("apns-collapse-id"),
            title=title,
            text=text,
            headers=json.dumps(headers),
            payload=request.body.decode(),
        )

    def _refuse(self, request: Request, fault: Fault) -> Answer:
        timestamp = fault.timestamp if fault.timestamp is not None else int(self._clock() * 1000)
        catalogued = answer_of(fault, FAULTS)
        reason = catalogued.document["reason"] if catalogued.document else None
        return _answer(request, catalogued.status, document(reason, catalogued.status, timestamp) if reason else None)


def payload_refusal(body: bytes, payload: Any) -> str | None:
    """Return the reason why a payload will not do: too large, empty, or not an object with `aps`."""
    if len(body) > MAX_PAYLOAD:
        return "PayloadTooLarge"
    return None if isinstance(payload, dict) and isinstance(payload.get("aps"), dict) else "PayloadEmpty"


def _header_refusal(headers: dict[str, str]) -> str | None:
    """Return the reason why one of the `apns-` headers will not do."""
    if headers.get("apns-push-type") not in PUSH_TYPES:
        return "InvalidPushType"
    if headers.get("apns-priority", "10") not in PRIORITIES:
        return "BadPriority"
    if not WHOLE_NUMBER.fullmatch(headers.get("apns-expiration", "0")):
        return "BadExpirationDate"
    if len(headers.get("apns-collapse-id", "").encode("latin-1")) > MAX_COLLAPSE_ID:
        return "BadCollapseId"
    apns_id = headers.get("apns-id")
    return None if apns_id is None or UUID.fullmatch(apns_id) else "BadMessageId"


def _payload(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None


def _answer(request: Request, status: int, body: dict[str, object] | None) -> Answer:
    """Return an answer with the id of the push: the sender's, else a new one. Apple sends no other header."""
    apns_id = request.headers.get("apns-id") or str(uuid.uuid4()).upper()
    return Answer(status, compact(body) if body else b"", (("apns-id", apns_id),))
