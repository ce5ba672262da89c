"""Maps answers of FCM to what they mean. Source: Firebase, "FCM error codes" for the HTTP v1 API."""

from collections.abc import Mapping
from typing import Any

from owlpost.channels.http2.exchange import Response
from owlpost.channels.provider_answer import Meaning, document, storable
from owlpost.channels.unknown_answers import tell_of_unknown

#: By `errorCode` in the error's `FcmError` detail, else by the error's own `status`.
REASONS: dict[str, Meaning] = {
    "UNREGISTERED": Meaning.DEAD,
    "INVALID_ARGUMENT": Meaning.REFUSED,
    "SENDER_ID_MISMATCH": Meaning.OTHER_APP,
    # A token of the project's iOS or web app, whose key Google lacks; Android's tokens are accepted beside it.
    "THIRD_PARTY_AUTH_ERROR": Meaning.OTHER_APP,
    "PERMISSION_DENIED": Meaning.OPERATOR,
    "UNAUTHENTICATED": Meaning.RENEW,
    # 404 without UNREGISTERED: it is the project that is not found
    "NOT_FOUND": Meaning.OPERATOR,
    "QUOTA_EXCEEDED": Meaning.TOO_FAST,
    "RESOURCE_EXHAUSTED": Meaning.TOO_FAST,
    "INTERNAL": Meaning.PASSES,
    "UNAVAILABLE": Meaning.PASSES,
    "DEADLINE_EXCEEDED": Meaning.PASSES,
}

STATUSES: dict[int, Meaning] = {
    200: Meaning.ACCEPTED,
    401: Meaning.RENEW,
    403: Meaning.OPERATOR,
    404: Meaning.OPERATOR,
    408: Meaning.PASSES,
    429: Meaning.TOO_FAST,
}

#: An INVALID_ARGUMENT is about the token, and not about the payload, if it has this message or names this field. Sources:
#: Firebase, "FCM error codes", example 2; firebase-admin-java#1064; bloomberg/pushiko.
MALFORMED_TOKEN = "The registration token is not a valid FCM registration token"  # noqa: S105 (a sentence of Google's)
TOKEN_FIELD = "message.token"  # noqa: S105 (the name of a field)


def meaning(response: Response) -> tuple[Meaning, str]:
    """Return what the answer means, and the reason."""
    if response.status == 200:
        return Meaning.ACCEPTED, ""
    error = _error(response.body)
    details = [detail for detail in _list(error.get("details")) if isinstance(detail, dict)]
    codes = [code for detail in details if (code := storable(detail.get("errorCode")))]
    reason = codes[0] if codes else storable(error.get("status")) or f"http_{response.status}"
    if reason == "INVALID_ARGUMENT" and (_says_malformed(error) or _names_token(details)):
        return Meaning.DEAD, reason
    if reason not in REASONS:
        tell_of_unknown("fcm", response.status, reason, channel="mobile_push")
    kind = REASONS.get(reason) or STATUSES.get(response.status)
    return kind or (Meaning.PASSES if response.status >= 500 else Meaning.REFUSED), reason


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
