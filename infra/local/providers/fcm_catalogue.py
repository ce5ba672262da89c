"""Answers of FCM HTTP v1. `details` is absent if it is empty, and the order of its members varies."""

from typing import Any

from infra.local.providers.catalogue import CataloguedAnswer, Meaning

FCM_ERROR = "type.googleapis.com/google.firebase.fcm.v1.FcmError"
BAD_REQUEST = "type.googleapis.com/google.rpc.BadRequest"
ERROR_INFO = "type.googleapis.com/google.rpc.ErrorInfo"
HELP = "type.googleapis.com/google.rpc.Help"
QUOTA_FAILURE = "type.googleapis.com/google.rpc.QuotaFailure"
MALFORMED = "The registration token is not a valid FCM registration token"


def fcm_error(code: str) -> dict[str, Any]:
    return {"@type": FCM_ERROR, "errorCode": code}


def violation(field: str, description: str) -> dict[str, Any]:
    return {"@type": BAD_REQUEST, "fieldViolations": [{"field": field, "description": description}]}


def error_document(status: int, code: str, message: str, *details: dict[str, Any]) -> dict[str, Any]:
    """Return the body of an error. An empty list of details is left out, as Google does."""
    error: dict[str, Any] = {"code": status, "message": message, "status": code}
    return {"error": error | ({"details": list(details)} if details else {})}


def _row(
    status: int, code: str, message: str, *details: dict[str, Any], meaning: Meaning, source: str
) -> CataloguedAnswer:
    return CataloguedAnswer(status, error_document(status, code, message, *details), meaning, source)


ANSWERS: dict[str, CataloguedAnswer] = {
    "accepted": CataloguedAnswer(
        200,
        {"name": "projects/p/messages/0:1500415314455276%31bd1c9631bd1c96"},
        Meaning.ACCEPTED,
        "[F reference projects.messages]",
    ),
    "malformed_token": _row(
        400,
        "INVALID_ARGUMENT",
        MALFORMED,
        fcm_error("INVALID_ARGUMENT"),
        meaning=Meaning.DEAD,
        source="[F error-codes, example 2]; firebase-admin-java#1064",
    ),
    "token_field": _row(
        400,
        "INVALID_ARGUMENT",
        "Request contains an invalid argument.",
        violation("message.token", "Invalid registration token"),
        fcm_error("INVALID_ARGUMENT"),
        meaning=Meaning.DEAD,
        source="bloomberg/pushiko",
    ),
    "invalid_argument": _row(
        400,
        "INVALID_ARGUMENT",
        "Request contains an invalid argument.",
        fcm_error("INVALID_ARGUMENT"),
        meaning=Meaning.REFUSED,
        source="bloomberg/pushiko",
    ),
    "too_big": _row(
        400,
        "INVALID_ARGUMENT",
        "Android message is too big",
        {"@type": BAD_REQUEST},
        fcm_error("INVALID_ARGUMENT"),
        meaning=Meaning.REFUSED,
        source="reown push-server#346",
    ),
    "unauthenticated": _row(
        401,
        "UNAUTHENTICATED",
        "Request had invalid authentication credentials.",
        meaning=Meaning.RENEW,
        source="[F error-codes]",
    ),
    "third_party_auth": _row(
        401,
        "UNAUTHENTICATED",
        "Request is missing required authentication credential.",
        fcm_error("THIRD_PARTY_AUTH_ERROR"),
        meaning=Meaning.OPERATOR,
        source="firebase-admin-node#3215",
    ),
    "service_disabled": _row(
        403,
        "PERMISSION_DENIED",
        "Firebase Cloud Messaging API has not been used in project 1 before or it is disabled.",
        {"@type": ERROR_INFO, "reason": "SERVICE_DISABLED"},
        meaning=Meaning.OPERATOR,
        source="[F error-codes]",
    ),
    "sender_mismatch": _row(
        403,
        "PERMISSION_DENIED",
        "SenderId mismatch",
        fcm_error("SENDER_ID_MISMATCH"),
        meaning=Meaning.OTHER_APP,
        source="airnotifier#211",
    ),
    "unregistered": _row(
        404,
        "NOT_FOUND",
        "Requested entity was not found.",
        fcm_error("UNREGISTERED"),
        meaning=Meaning.DEAD,
        source="[F error-codes]",
    ),
    "not_found": _row(
        404, "NOT_FOUND", "Requested entity was not found.", meaning=Meaning.OPERATOR, source="[F error-codes]"
    ),
    "project_quota": _row(
        429,
        "RESOURCE_EXHAUSTED",
        "Quota exceeded for quota metric 'Send requests' and limit 'Send requests per minute'.",
        {"@type": ERROR_INFO, "reason": "RATE_LIMIT_EXCEEDED"},
        {"@type": HELP},
        meaning=Meaning.TOO_FAST,
        source="firebase-admin-go#719",
    ),
    "device_quota": _row(
        429,
        "RESOURCE_EXHAUSTED",
        "Quota exceeded for sending messages.",
        {"@type": QUOTA_FAILURE},
        fcm_error("QUOTA_EXCEEDED"),
        meaning=Meaning.TOO_FAST,
        source="[F error-codes]",
    ),
    "internal": _row(500, "INTERNAL", "Internal error encountered.", meaning=Meaning.PASSES, source="[F error-codes]"),
    "unavailable": _row(
        503, "UNAVAILABLE", "The service is currently unavailable.", meaning=Meaning.PASSES, source="[F error-codes]"
    ),
    "front_end": CataloguedAnswer(
        502,
        None,
        Meaning.PASSES,
        "autopush-rs#444",
        "<!DOCTYPE html><title>Error 502 (Server Error)!!1</title>",
    ),
}
