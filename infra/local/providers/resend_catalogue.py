"""Answers of Resend to `POST /emails/batch`. `{"statusCode", "name", "message"}`, as JSON in UTF-8.

Messages are those of the page, where it has them; clients compare names alone, but for the phrases in `resend_answers`.
"""

from infra.local.providers.catalogue import HTML, TEXT, Catalogue, CataloguedAnswer, page
from owlpost.channels.provider_answer import Meaning

JSON = "application/json; charset=utf-8"


def document(status: int, name: str, message: str) -> dict[str, object]:
    return {"statusCode": status, "name": name, "message": message}


def _row(
    status: int, name: str, message: str, meaning: Meaning, source: str = "[R api-reference/errors]"
) -> CataloguedAnswer:
    return CataloguedAnswer(status, document(status, name, message), meaning, source, content_type=JSON)


def _accepted(body: dict[str, object], source: str) -> CataloguedAnswer:
    return CataloguedAnswer(200, body, Meaning.ACCEPTED, source, content_type=JSON)


TOO_MANY = (
    "Too many requests. Please limit the number of requests per second. Or contact support to increase rate limit."
)

FORMAT = "The email address needs to follow the `email@example.com` or `Name <email@example.com>` format."
FROM, TO = f"Invalid `from` field. {FORMAT}", f"Invalid `to` field. {FORMAT}"

#: Domains whose addresses Resend refuses by name: mail there only bounces and hurts a sender's reputation.
TEST_DOMAINS = frozenset({"example.com", "test.com"})
TEST_ADDRESS = "Invalid `to` field. Please use our testing email address instead of domains like `example.com`."
_ID = "49a3999c-0ce1-4ea6-ab68-afcd6dc2e794"

#: The sender's, on the laptop.
DOMAIN = {
    "id": "d91cd9bd-1176-453e-8fc1-35364d380206",
    "name": "owlpost.example",
    "status": "verified",
    "created_at": "2023-04-26T20:21:26.347412+00:00",
    "region": "us-east-1",
}

ANSWERS: dict[str, CataloguedAnswer] = {
    "sent": _accepted({"id": _ID}, "[R api-reference/emails/send-email]"),
    "batch": _accepted({"data": [{"id": _ID}]}, "[R api-reference/emails/send-batch-emails]"),
    "batch_permissive": _accepted(
        {"data": [{"id": _ID}], "errors": []},
        "[resend.com/changelog/batch-validation-modes]; resend/resend-node, src/interfaces.ts",
    ),
    "batch_partly": _accepted(
        {"data": [{"id": _ID}], "errors": [{"index": 1, "message": "The `to` field is missing."}]},
        "[resend.com/changelog/batch-validation-modes]",
    ),
    "batch_all_refused": _accepted(
        {"data": [], "errors": [{"index": 0, "message": "The `to` field is missing."}]},
        "[resend.com/changelog/batch-validation-modes]",
    ),
    "domains": _accepted({"object": "list", "data": [DOMAIN]}, "[R domains/list-domains]"),
    "invalid_idempotency_key": _row(
        400,
        "invalid_idempotency_key",
        "Idempotency keys, if present, must have between 1 and 256 characters.",
        Meaning.REFUSED,
    ),
    "missing_api_key": _row(401, "missing_api_key", "Missing API key in the authorization header.", Meaning.OPERATOR),
    "restricted_api_key": _row(
        401, "restricted_api_key", "This API key is restricted to only send emails", Meaning.OPERATOR
    ),
    "malformed_key": _row(400, "validation_error", "API key is invalid", Meaning.OPERATOR),
    "unknown_key": _row(401, "validation_error", "API key is invalid", Meaning.OPERATOR),
    "unknown_key_before_2026": _row(
        403, "invalid_api_key", "API key is invalid", Meaning.OPERATOR, "[R api-reference/errors, 2025]"
    ),
    "testing_domain": _row(
        403,
        "validation_error",
        "You can only send testing emails to your own email address.",
        Meaning.OPERATOR,
    ),
    "inactive_api_key": _row(403, "restricted_api_key", "API key is not active", Meaning.OPERATOR),
    "suspended_api_key": _row(403, "suspended_api_key", "This API key is suspended", Meaning.OPERATOR),
    "unverified_domain": _row(
        403,
        "validation_error",
        "The owls.example domain is not verified. Please, add and verify your domain on https://resend.com/domains",
        Meaning.OPERATOR,
    ),
    "invalid_permission": _row(403, "invalid_permission", "Access token is missing required scopes.", Meaning.OPERATOR),
    "no_user_agent": page(403, Meaning.OPERATOR, "[R knowledge-base/403-error-1010]", "error code: 1010", TEXT),
    "origin_disallowed": page(403, Meaning.OPERATOR, "payloadcms/payload#17795", "Origin is disallowed", TEXT),
    "not_found": _row(404, "not_found", "The requested endpoint does not exist.", Meaning.OPERATOR),
    "method_not_allowed": _row(
        405, "method_not_allowed", "Method is not allowed for the requested path.", Meaning.OPERATOR
    ),
    "conflict": _row(
        409,
        "concurrent_idempotent_requests",
        "There is another request in progress with the same idempotency key.",
        Meaning.PASSES,
    ),
    "resource_locked": _row(
        409, "resource_locked", "Another request is already updating this resource.", Meaning.PASSES
    ),
    "key_of_another_payload": _row(
        409,
        "invalid_idempotent_request",
        "This idempotency key has been used with this HTTP method and endpoint within the last 24 hours, but the request"
        " body was modified and doesn't match the original request.",
        Meaning.UNKNOWN,
    ),
    "no_json": _row(
        400, "validation_error", "An error was found with one or more fields in the request.", Meaning.REFUSED
    ),
    "no_list": _row(
        422, "validation_error", "The `request.body` field must be an `array`.", Meaning.REFUSED, "resend/resend-php#67"
    ),
    "invalid_to_address": _row(
        403,
        "invalid_to_address",
        "You can only send testing emails to your own email address.",
        Meaning.OPERATOR,
        "[R api-reference/errors, 2023]; resend/resend-php#32",
    ),
    "test_address": _row(422, "validation_error", TEST_ADDRESS, Meaning.REFUSED, "resend/resend-cli#350"),
    "invalid_attachment": _row(
        422, "invalid_attachment", "Attachment must have either a `content` or `path`.", Meaning.REFUSED
    ),
    "invalid_parameter": _row(422, "invalid_parameter", "The `parameter` must be a valid UUID.", Meaning.REFUSED),
    "invalid_to": _row(422, "validation_error", TO, Meaning.REFUSED, "resend/resend-python#65"),
    "invalid_from": _row(422, "validation_error", FROM, Meaning.OPERATOR),
    "missing_required_field": _row(
        422, "missing_required_field", "The request body is missing one or more required fields.", Meaning.REFUSED
    ),
    "missing_required_parameter": _row(
        422, "missing_required_parameter", "The request is missing one or more required parameters.", Meaning.REFUSED
    ),
    "rate_limit": _row(429, "rate_limit_exceeded", TOO_MANY, Meaning.TOO_FAST),
    "daily_quota": _row(
        429, "daily_quota_exceeded", "You have exceeded your daily email sending quota.", Meaning.OPERATOR
    ),
    "monthly_quota": _row(
        429, "monthly_quota_exceeded", "You have exceeded your monthly email sending quota.", Meaning.OPERATOR
    ),
    "cloudflare_limit": page(429, Meaning.TOO_FAST, "[C cloudflare-1xxx-errors/error-1015]", "error code: 1015", TEXT),
    "security_error": _row(
        451,
        "security_error",
        "We may have found a security issue with the request.",
        Meaning.REFUSED,
        "[R api-reference/errors, 2025]; resend/resend-node, src/interfaces.ts",
    ),
    "application_error": _row(500, "application_error", "An unexpected error occurred.", Meaning.PASSES),
    "internal_server_error": _row(
        500,
        "internal_server_error",
        "An unexpected error occurred.",
        Meaning.PASSES,
        "resend/resend-node, src/interfaces.ts",
    ),
    "service_unavailable": _row(503, "service_unavailable", "API is temporarily unavailable", Meaning.PASSES),
    "load_balancer": page(
        503,
        Meaning.PASSES,
        "resend/resend-node#347",
        "<!DOCTYPE html><title>Application failed to respond</title>",
        "text/html",
    ),
    "bad_gateway": page(
        502, Meaning.PASSES, "[C cloudflare-5xx-errors]", "<html><title>502 Bad Gateway</title></html>"
    ),
    "unknown_origin_error": page(520, Meaning.PASSES, "[C cloudflare-5xx-errors]", "error code: 520", TEXT),
    "origin_timeout": page(524, Meaning.PASSES, "[C cloudflare-5xx-errors]", "error code: 524", TEXT),
    "cloudflare_400": page(
        400, Meaning.PASSES, "[C cloudflare-4xx-client-error]", "<html><title>400 Bad Request</title></html>", HTML
    ),
}

CATALOGUE = Catalogue(
    answers=ANSWERS,
    fixed=frozenset({"statusCode", "name"}),
    content_type=JSON,
    # Recorded in resend-node's tests and described in [R rate-limit].
    optional=frozenset(
        {
            "ratelimit-limit",
            "ratelimit-policy",
            "ratelimit-remaining",
            "ratelimit-reset",
            "retry-after",
            "x-resend-daily-quota",
            "x-resend-monthly-quota",
        }
    ),
)
