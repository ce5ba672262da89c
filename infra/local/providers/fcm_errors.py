"""The parts of FCM's errors: google.rpc.Status with details."""

from typing import Any

from infra.local.providers.catalogue import CataloguedAnswer
from owlpost.channels.provider_answer import Meaning

JSON = "application/json; charset=UTF-8"
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


def row(
    status: int,
    code: str,
    message: str,
    *details: dict[str, Any],
    meaning: Meaning,
    source: str = "[F cloud-messaging/error-codes]",
) -> CataloguedAnswer:
    return CataloguedAnswer(status, error_document(status, code, message, *details), meaning, source, content_type=JSON)
