"""Answers of Google's token endpoint to a service account's assertion: RFC 6749 in shape."""

from infra.local.providers.catalogue import Catalogue, CataloguedAnswer, page
from owlpost.channels.provider_answer import Meaning

JSON = "application/json; charset=utf-8"
_DOCUMENTED = "[developers.google.com/identity/protocols/oauth2/service-account]"
SHORT_LIVED = (
    "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. "
    "Check your iat and exp values in the JWT claim."
)


def error_document(error: str, description: str) -> dict[str, object]:
    return {"error": error, "error_description": description}


def _row(status: int, error: str, description: str, meaning: Meaning, source: str = _DOCUMENTED) -> CataloguedAnswer:
    return CataloguedAnswer(status, error_document(error, description), meaning, source, content_type=JSON)


ANSWERS: dict[str, CataloguedAnswer] = {
    "granted": CataloguedAnswer(
        200,
        {"access_token": "ya29.c.b0Aaek", "expires_in": 3599, "token_type": "Bearer"},
        Meaning.ACCEPTED,
        _DOCUMENTED,
        content_type=JSON,
    ),
    "invalid_signature": _row(
        400, "invalid_grant", "Invalid JWT Signature.", Meaning.OPERATOR, "googleapis/google-cloud-python#10004"
    ),
    "invalid_grant": _row(400, "invalid_grant", SHORT_LIVED, Meaning.OPERATOR),
    "account_not_found": _row(400, "invalid_grant", "Invalid grant: account not found", Meaning.OPERATOR),
    "account_disabled": _row(
        400, "invalid_grant", "Robot is disabled.", Meaning.OPERATOR, "googleapis/google-api-ruby-client#720"
    ),
    "invalid_scope": _row(400, "invalid_scope", "Invalid OAuth scope or ID token audience provided.", Meaning.OPERATOR),
    "unsupported_grant_type": _row(
        400, "unsupported_grant_type", "Invalid grant_type: client_credentials", Meaning.OPERATOR
    ),
    "deleted_client": _row(
        401,
        "deleted_client",
        "The OAuth client was deleted.",
        Meaning.OPERATOR,
        "websightgmbh/l5-google-cloud-storage#6",
    ),
    # Google's own libraries ask again for these two, whatever the status of the second.
    "request_timeout": page(
        408, Meaning.PASSES, "googleapis/node-gtoken#481", "<html><title>Error 408 (Timeout)!!1</title></html>"
    ),
    "internal_failure": _row(
        400, "internal_failure", "Backend Error", Meaning.PASSES, "googleapis/google-auth-library-python#368"
    ),
    "rate_limited": page(429, Meaning.PASSES, "googleapis/node-gtoken#481", "<html><title>Error 429</title></html>"),
    "internal_error": _row(
        500, "internal_failure", "Backend Error", Meaning.PASSES, "googleapis/google-auth-library-python#368"
    ),
    "unavailable": page(503, Meaning.PASSES, "googleapis/node-gtoken#481", "<html><title>Error 503</title></html>"),
}

CATALOGUE = Catalogue(answers=ANSWERS, fixed=frozenset({"error", "token_type"}), content_type=JSON)
