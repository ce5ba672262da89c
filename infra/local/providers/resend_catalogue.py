"""Answers of Resend to `POST /emails/batch`. `{"statusCode", "name", "message"}`, as JSON in UTF-8."""

from infra.local.providers.catalogue import CataloguedAnswer, Meaning


def document(status: int, name: str, message: str) -> dict[str, object]:
    return {"statusCode": status, "name": name, "message": message}


def _row(status: int, name: str, message: str, meaning: Meaning, source: str = "[R errors]") -> CataloguedAnswer:
    return CataloguedAnswer(status, document(status, name, message), meaning, source)


TOO_MANY = (
    "Too many requests. Please limit the number of requests per second. Or contact support to increase rate limit."
)
FROM = "Invalid `from` field. The email address needs to follow the `email@example.com` or `Name <email@example.com>` format."

ANSWERS: dict[str, CataloguedAnswer] = {
    "invalid_idempotency_key": _row(
        400, "invalid_idempotency_key", "The key must be between 1-256 chars.", Meaning.REFUSED
    ),
    "missing_api_key": _row(401, "missing_api_key", "Missing API key in the authorization header.", Meaning.OPERATOR),
    "restricted_api_key": _row(
        401, "restricted_api_key", "This API key is restricted to only send emails", Meaning.OPERATOR
    ),
    "unknown_key": _row(401, "validation_error", "API key is invalid", Meaning.OPERATOR),
    "unknown_key_before_2026": _row(403, "invalid_api_key", "API key is invalid", Meaning.OPERATOR, "[R errors, 2025]"),
    "testing_domain": _row(
        403,
        "validation_error",
        "You can only send testing emails to your own email address.",
        Meaning.OPERATOR,
    ),
    "suspended_api_key": _row(403, "suspended_api_key", "The API key is suspended.", Meaning.OPERATOR),
    "no_user_agent": CataloguedAnswer(403, None, Meaning.OPERATOR, "[R 403-error-1010]", "error code: 1010"),
    "not_found": _row(404, "not_found", "The requested endpoint does not exist.", Meaning.OPERATOR),
    "method_not_allowed": _row(
        405, "method_not_allowed", "Method is not allowed for the requested path.", Meaning.OPERATOR
    ),
    "conflict": _row(
        409,
        "concurrent_idempotent_requests",
        "Same idempotency key used while original request is still in progress.",
        Meaning.PASSES,
    ),
    "invalid_to": _row(422, "validation_error", "Invalid `to` field.", Meaning.REFUSED),
    "invalid_from": _row(422, "validation_error", FROM, Meaning.OPERATOR),
    "missing_required_field": _row(422, "missing_required_field", "Missing `to` field.", Meaning.REFUSED),
    "rate_limit": _row(429, "rate_limit_exceeded", TOO_MANY, Meaning.TOO_FAST),
    "daily_quota": _row(
        429, "daily_quota_exceeded", "You have reached your daily email sending quota.", Meaning.TOO_FAST
    ),
    "monthly_quota": _row(
        429, "monthly_quota_exceeded", "You have reached your monthly email sending quota.", Meaning.TOO_FAST
    ),
    "security_error": _row(
        451,
        "security_error",
        "We may have found a security issue with the request.",
        Meaning.REFUSED,
        "[R errors, 2025]; types of resend-node",
    ),
    "application_error": _row(500, "application_error", "An unexpected error occurred.", Meaning.PASSES),
    "service_unavailable": _row(503, "service_unavailable", "The service is unavailable.", Meaning.PASSES),
}
