"""Maps answers of FCM to actions. Source: Firebase, "FCM error codes" for the HTTP v1 API."""

from collections.abc import Mapping
from typing import Any

from owlpost.channels.http2.exchange import Response
from owlpost.channels.mobile_push.verdict import Action
from owlpost.channels.provider_answer import document, storable
from owlpost.channels.unknown_answers import tell_of_unknown

#: By `errorCode` in the error's `FcmError` detail, else by the error's own `status`.
REASONS: dict[str, Action] = {
    "UNREGISTERED": Action.DEAD,
    "INVALID_ARGUMENT": Action.REFUSED,
    "SENDER_ID_MISMATCH": Action.OTHER_APP,
    # A token of the project's iOS or web app, whose key Google lacks; Android's tokens are accepted beside it.
    "THIRD_PARTY_AUTH_ERROR": Action.OTHER_APP,
    "PERMISSION_DENIED": Action.OPERATOR,
    "UNAUTHENTICATED": Action.RENEW_TOKEN,
    # 404 without UNREGISTERED: it is the project that is not found
    "NOT_FOUND": Action.OPERATOR,
    "QUOTA_EXCEEDED": Action.SLOW_DOWN,
    "RESOURCE_EXHAUSTED": Action.SLOW_DOWN,
    "INTERNAL": Action.RETRY,
    "UNAVAILABLE": Action.RETRY,
    "DEADLINE_EXCEEDED": Action.RETRY,
}

STATUSES: dict[int, Action] = {
    200: Action.DELIVERED,
    401: Action.RENEW_TOKEN,
    403: Action.OPERATOR,
    404: Action.OPERATOR,
    408: Action.RETRY,
    429: Action.SLOW_DOWN,
}

#: An INVALID_ARGUMENT is about the token, and not about the payload, if it has this message or names this field. Sources:
#: Firebase, "FCM error codes", example 2; firebase-admin-java#1064; bloomberg/pushiko.
MALFORMED_TOKEN = "The registration token is not a valid FCM registration token"  # noqa: S105 (a sentence of Google's)
TOKEN_FIELD = "message.token"  # noqa: S105 (the name of a field)


def meaning(response: Response) -> tuple[Action, str]:
    """Return the action and the reason."""
    if response.status == 200:
        return Action.DELIVERED, ""
    error = _error(response.body)
    details = [detail for detail in _list(error.get("details")) if isinstance(detail, dict)]
    codes = [code for detail in details if (code := storable(detail.get("errorCode")))]
    reason = codes[0] if codes else storable(error.get("status")) or f"http_{response.status}"
    if reason == "INVALID_ARGUMENT" and (_says_malformed(error) or _names_token(details)):
        return Action.DEAD, reason
    if reason not in REASONS:
        tell_of_unknown("fcm", response.status, reason, channel="mobile_push")
    action = REASONS.get(reason) or STATUSES.get(response.status)
    return action or (Action.RETRY if response.status >= 500 else Action.REFUSED), reason


def message_name(response: Response) -> str | None:
    """Return the name that FCM gave to an accepted message."""
    return storable(document(response.body).get("name")) or None


def _says_malformed(error: Mapping[str, Any]) -> bool:
    return str(error.get("message")).rstrip(".") == MALFORMED_TOKEN


def _names_token(details: list[dict[str, Any]]) -> bool:
    violations = [violation for detail in details for violation in _list(detail.get("fieldViolations"))]
    return any(isinstance(each, dict) and each.get("field") == TOKEN_FIELD for each in violations)


def _error(body: bytes) -> dict[str, Any]:
    error = document(body).get("error")
    return error if isinstance(error, dict) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
