"""A fake of Firebase Cloud Messaging, HTTP v1: one message per request, errors as google.rpc.Status.

Sources: firebase.google.com/docs/reference/fcm/rest/v1/projects.messages and .../v1/ErrorCode.
"""

import json
import re
import time
import uuid
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from infra.local.providers.exchange import Answer, Request, json_answer
from infra.local.providers.faults import Fault, FaultPlan, retry_after, suffer
from infra.local.providers.fcm_catalogue import ANSWERS, MALFORMED, error_document, fcm_error, violation
from infra.local.providers.ledger import Accepted, Ledger

if TYPE_CHECKING:
    from infra.local.providers.oauth import TokenEndpoint

MAX_PAYLOAD = 4096
MESSAGE_FIELDS = {
    "name",
    "data",
    "notification",
    "android",
    "webpush",
    "apns",
    "fcm_options",
    "token",
    "topic",
    "condition",
}
TARGETS = ("token", "topic", "condition")
TOKEN = re.compile(r"[A-Za-z0-9_:.-]{1,4096}")
TTL = re.compile(r"[0-9]+(\.[0-9]{1,9})?s")
PRIORITIES = {"NORMAL", "HIGH", "normal", "high"}
#: The answer for each fault.
FAULTS = {
    "rate_limit": ANSWERS["device_quota"],
    "error_500": ANSWERS["internal"],
    "error_503": ANSWERS["unavailable"],
    "dead_token": ANSWERS["unregistered"],
    "bad_device_token": ANSWERS["malformed_token"],
    "wrong_topic": ANSWERS["sender_mismatch"],
    "expired_provider_token": ANSWERS["unauthenticated"],
    "refused_key": ANSWERS["service_disabled"],
}


class InvalidMessageError(Exception):
    """FCM does not understand the message. The error has the field and the reason."""

    def __init__(self, field: str, description: str) -> None:
        super().__init__(description)
        self.field = field
        self.description = description


class Fcm:
    """The application behind the fake's server: messages, and access tokens for senders."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        faults: FaultPlan,
        tokens: "TokenEndpoint",
        project_id: str,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._ledger = ledger
        self._faults = faults
        self._tokens = tokens
        self._project = f"projects/{project_id}"
        self._clock = clock

    def handle(self, request: Request) -> Answer:
        """Answer one request."""
        if request.path == "/token":
            return self._tokens.handle(request)
        fault = self._faults.pick("fcm", lambda: request.body.decode("utf-8", "replace"))
        return suffer(fault, accept=partial(self._send, request), refuse=_refuse) if fault else self._send(request)

    def _send(self, request: Request) -> Answer:
        if request.path != f"/v1/{self._project}/messages:send":
            return ANSWERS["not_found"].answer()
        if request.method != "POST":
            return _status(405, "UNIMPLEMENTED", "Messages are sent by POST.")
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not self._tokens.knows(token):
            return ANSWERS["unauthenticated"].answer()
        try:
            message = _message(request.body)
        except InvalidMessageError as error:
            return _invalid(error.field, error.description)
        name = f"{self._project}/messages/0:{uuid.uuid4().hex}"
        self._ledger.record(self._accepted(request, message, name))
        return json_answer(200, {"name": name})

    def _accepted(self, request: Request, message: dict[str, Any], name: str) -> Accepted:
        android = message.get("android") or {}
        shown = (message.get("notification") or {}) | (android.get("notification") or {})
        data = message.get("data") or {}
        return Accepted(
            at=self._clock(),
            channel="mobile_push",
            provider="fcm",
            recipient=message["token"],
            provider_id=name,
            notification_id=data.get("notification_id"),
            collapse_id=android.get("collapse_key"),
            title=shown.get("title") or data.get("title"),
            text=shown.get("body") or data.get("body"),
            payload=request.body.decode(),
        )


def _message(body: bytes) -> dict[str, Any]:
    """Return the message of a request; InvalidMessageError names the first field that will not do."""
    try:
        message = json.loads(body)["message"]
    except (ValueError, KeyError, TypeError):
        raise InvalidMessageError("message", "Invalid JSON payload received.") from None
    if not isinstance(message, dict):
        raise InvalidMessageError("message", "Invalid value at 'message'.")
    if unknown := sorted(message.keys() - MESSAGE_FIELDS):
        raise InvalidMessageError(
            "message", f"Invalid JSON payload received. Unknown name {unknown[0]!r} at 'message'."
        )
    if sum(target in message for target in TARGETS) != 1:
        raise InvalidMessageError("message", "Exactly one of token, topic or condition must be set.")
    if not isinstance(message.get("token"), str) or not TOKEN.fullmatch(message["token"]):
        raise InvalidMessageError("", MALFORMED)
    _check_data(message.get("data") or {})
    _check_android(message.get("android") or {})
    if len(_shown(message)) > MAX_PAYLOAD:
        raise InvalidMessageError("message", "Message is too big.")
    return message


def _check_data(data: Any) -> None:
    if not isinstance(data, dict):
        raise InvalidMessageError("message.data", "Invalid value at 'message.data'.")
    for index, (name, value) in enumerate(data.items()):
        if not isinstance(value, str):
            raise InvalidMessageError(f"message.data[{index}].value", f"Invalid value (TYPE_STRING) of {name!r}.")


def _check_android(android: Any) -> None:
    if not isinstance(android, dict):
        raise InvalidMessageError("message.android", "Invalid value at 'message.android'.")
    if not isinstance(android.get("collapse_key", ""), str):
        raise InvalidMessageError("message.android.collapse_key", "Invalid value (TYPE_STRING).")
    if android.get("priority", "NORMAL") not in PRIORITIES:
        raise InvalidMessageError("message.android.priority", "Invalid value (AndroidMessagePriority).")
    if not TTL.fullmatch(str(android.get("ttl", "0s"))):
        raise InvalidMessageError("message.android.ttl", "Illegal duration format; duration must end with 's'.")


def _shown(message: dict[str, Any]) -> bytes:
    """Return the part of a message that counts towards its size."""
    return json.dumps([message.get("notification"), message.get("data")], ensure_ascii=False).encode()


def _refuse(fault: Fault) -> Answer:
    return FAULTS[fault.kind].answer(retry_after(fault))


def _invalid(field: str, description: str) -> Answer:
    """Answer 400. For a malformed token Google names no field: it gives its sentence and an FcmError alone."""
    if not field:
        return ANSWERS["malformed_token"].answer()
    details = (fcm_error("INVALID_ARGUMENT"), violation(field, description))
    return json_answer(400, error_document(400, "INVALID_ARGUMENT", description, *details))


def _status(code: int, status: str, message: str) -> Answer:
    return json_answer(code, error_document(code, status, message))
