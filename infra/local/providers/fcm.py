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

from infra.local.providers.catalogue import compact
from infra.local.providers.exchange import Answer, Request
from infra.local.providers.faults import Fault, FaultPlan, answer_of, retry_after, suffer
from infra.local.providers.fcm_catalogue import ANSWERS
from infra.local.providers.fcm_errors import BAD_REQUEST, JSON, MALFORMED, error_document, fcm_error, violation
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
    "fid",
    "token",
    "topic",
    "condition",
}
PATH = re.compile(r"/v1/projects/[^/]+/messages:send")
#: `fid`, a Firebase installation id, is to take the place of `token`, which takes one as well (firebase-android-sdk#8316).
TARGETS = ("fid", "token", "topic", "condition")
TOKEN = re.compile(r"[A-Za-z0-9_:.-]{1,4096}")
TTL = re.compile(r"[0-9]+(\.[0-9]{1,9})?s")
PRIORITIES = {"NORMAL", "HIGH", "normal", "high"}
#: The name of the answer for each fault.
FAULTS = {
    "rate_limit": "device_quota",
    "error_500": "internal",
    "error_503": "unavailable",
    "dead_token": "unregistered",
    "bad_device_token": "malformed_token",
    "wrong_topic": "sender_mismatch",
    "expired_provider_token": "unauthenticated",
    "refused_key": "service_disabled",
}


class InvalidMessageError(Exception):
    """FCM refuses the message, with this message and these details."""

    def __init__(self, message: str, *details: dict[str, Any]) -> None:
        super().__init__(message)
        self.document = error_document(400, "INVALID_ARGUMENT", message, *details)


def not_understood(field: str, description: str) -> InvalidMessageError:
    """Return the error of Google's JSON layer, before FCM has seen the message: it names a field, and has no FcmError."""
    return InvalidMessageError(description, violation(field, description))


def refused(field: str, description: str) -> InvalidMessageError:
    """Return the error of FCM itself that names a field."""
    return InvalidMessageError(description, violation(field, description), fcm_error("INVALID_ARGUMENT"))


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
        if request.method != "POST" or not PATH.fullmatch(request.path):
            return ANSWERS["wrong_path"].answer()
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not self._tokens.knows(token):
            return ANSWERS["unauthenticated"].answer()
        if request.path != f"/v1/{self._project}/messages:send":
            return ANSWERS["permission_denied"].answer()
        try:
            message = _message(request.body)
        except InvalidMessageError as error:
            return _json(400, error.document)
        name = f"{self._project}/messages/0:{uuid.uuid4().hex}"
        if not json.loads(request.body).get("validate_only"):
            self._ledger.record(self._accepted(request, message, name))
        return _json(200, {"name": name})

    def _accepted(self, request: Request, message: dict[str, Any], name: str) -> Accepted:
        android = message.get("android") or {}
        shown = (message.get("notification") or {}) | (android.get("notification") or {})
        data = message.get("data") or {}
        return Accepted(
            at=self._clock(),
            channel="mobile_push",
            provider="fcm",
            recipient=_recipient(message),
            provider_id=name,
            notification_id=data.get("notification_id"),
            collapse_id=android.get("collapse_key"),
            title=shown.get("title") or data.get("title"),
            text=shown.get("body") or data.get("body"),
            payload=request.body.decode(),
        )


def _message(body: bytes) -> dict[str, Any]:
    """Return the message of a request. Raises InvalidMessageError for the first thing that will not do."""
    message = _members(body)
    _check_types(message)
    if not any(target in message for target in TARGETS):
        raise refused("message", "Recipient of the message is not set.")
    if not TOKEN.fullmatch(_recipient(message)):
        raise InvalidMessageError(MALFORMED, fcm_error("INVALID_ARGUMENT"))
    if len(_shown(message)) > MAX_PAYLOAD:
        raise InvalidMessageError("Android message is too big", {"@type": BAD_REQUEST}, fcm_error("INVALID_ARGUMENT"))
    return message


def _members(body: bytes) -> dict[str, Any]:
    try:
        document = json.loads(body)
    except ValueError:
        words = "Invalid JSON payload received. Unexpected token."
        raise InvalidMessageError(words, {"@type": BAD_REQUEST, "fieldViolations": [{"description": words}]}) from None
    message = document.get("message", {}) if isinstance(document, dict) else None
    if not isinstance(message, dict):
        raise not_understood(
            "message", "Invalid value at 'message' (type.googleapis.com/google.firebase.fcm.v1.Message)"
        )
    return message


def _check_types(message: dict[str, Any]) -> None:
    """Check what Google's JSON layer checks: names, types, enumerations and durations."""
    if unknown := sorted(message.keys() - MESSAGE_FIELDS):
        name = f"Invalid JSON payload received. Unknown name \"{unknown[0]}\" at 'message': Cannot find field."
        raise not_understood("message", name)
    if len(targets := [target for target in TARGETS if target in message]) > 1:
        already = f"oneof field 'target' is already set. Cannot set '{targets[1]}'"
        raise not_understood("message", f"Invalid value at 'message' (oneof), {already}")
    for target in targets:
        if not isinstance(message[target], str):
            raise _wrong_type(f"message.{target}", "TYPE_STRING", message[target])
    _check_data(message.get("data") or {})
    _check_android(message.get("android") or {})


def _wrong_type(field: str, kind: str, value: object) -> InvalidMessageError:
    return not_understood(field, f"Invalid value at '{field}' ({kind}), {json.dumps(value)}")


def _check_data(data: Any) -> None:
    if not isinstance(data, dict):
        raise _wrong_type("message.data", "Map", data)
    for index, value in enumerate(data.values()):
        if not isinstance(value, str):
            raise _wrong_type(f"message.data[{index}].value", "TYPE_STRING", value)


def _check_android(android: Any) -> None:
    if not isinstance(android, dict):
        raise _wrong_type("message.android", "type.googleapis.com/google.firebase.fcm.v1.AndroidConfig", android)
    if not isinstance(android.get("collapse_key", ""), str):
        raise _wrong_type("message.android.collapse_key", "TYPE_STRING", android["collapse_key"])
    if android.get("priority", "NORMAL") not in PRIORITIES:
        raise _wrong_type("message.android.priority", "AndroidMessagePriority", android["priority"])
    if not TTL.fullmatch(str(android.get("ttl", "0s"))):
        illegal = "Illegal duration format; duration must end with 's'"
        raise not_understood("message.android.ttl", f"Invalid value at 'message.android.ttl' (Duration), {illegal}")


def _recipient(message: dict[str, Any]) -> str:
    """Return the device's token or installation id. Messages to topics are none of Owlpost's: the fake takes none."""
    recipient: str = message.get("fid") or message.get("token") or ""
    return recipient


def _shown(message: dict[str, Any]) -> bytes:
    """Return the part of a message that counts towards its size."""
    return json.dumps([message.get("notification"), message.get("data")], ensure_ascii=False).encode()


def _refuse(fault: Fault) -> Answer:
    return answer_of(fault, FAULTS).answer(retry_after(fault))


def _json(status: int, document: dict[str, Any]) -> Answer:
    return Answer(status, compact(document), (("content-type", JSON),))
