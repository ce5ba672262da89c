"""What workflows of Microsoft Teams and webhooks of Discord answer: see `catalogue`."""

from infra.local.providers.catalogue import Catalogue, CataloguedAnswer, page
from owlpost.channels.provider_answer import Meaning

JSON = "application/json; charset=utf-8"
DISCORD_JSON = "application/json"
_FLOWS = "[learn.microsoft.com/en-us/power-automate/error-reference, HTTP request trigger]"
_RESOURCE = "[discord.com/developers/docs/resources/webhook, Execute Webhook]"
_CODES = "[discord.com/developers/docs/topics/opcodes-and-status-codes, JSON]"
_RATES = "[discord.com/developers/docs/topics/rate-limits, Exceeding A Rate Limit]"
_GLITCH = "MicrosoftDocs/msteams-docs#4145"


def _flow(status: int, code: str, meaning: Meaning) -> CataloguedAnswer:
    document = {"error": {"code": code, "message": "The workflow could not be triggered."}}
    return CataloguedAnswer(status, document, meaning, _FLOWS, content_type=JSON)


def _discord(status: int, code: int, message: str, meaning: Meaning) -> CataloguedAnswer:
    return CataloguedAnswer(status, {"message": message, "code": code}, meaning, _CODES, content_type=DISCORD_JSON)


TEAMS: dict[str, CataloguedAnswer] = {
    "accepted": page(202, Meaning.ACCEPTED, "robusta-dev/robusta#2113", "", ""),
    "hidden_429": page(
        200,
        Meaning.TOO_FAST,
        _GLITCH,
        "Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 429 with ContextId x.",
        "text/plain; charset=utf-8",
    ),
    "hidden_400": page(
        200,
        Meaning.REFUSED,
        _GLITCH,
        "Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 400 with ContextId x.",
        "text/plain; charset=utf-8",
    ),
    "invalid": _flow(400, "TriggerInputSchemaMismatch", Meaning.REFUSED),
    "unauthorized": _flow(401, "DirectApiAuthorizationRequired", Meaning.OFF),
    "forbidden": _flow(403, "DirectApiInvalidAuthorizationScheme", Meaning.OFF),
    "not_found": _flow(404, "WorkflowNotFound", Meaning.DEAD),
    "gone": _flow(410, "WorkflowNotFound", Meaning.DEAD),
    "too_large": _flow(413, "RequestEntityTooLarge", Meaning.REFUSED),
    "too_fast": _flow(429, "WorkflowRunQuotaExceeded", Meaning.TOO_FAST),
    "error": _flow(500, "InternalServerError", Meaning.PASSES),
    "bad_gateway": page(502, Meaning.PASSES, _FLOWS, "<html><title>502 Bad Gateway</title></html>", "text/html"),
    "unavailable": _flow(503, "ServiceUnavailable", Meaning.PASSES),
}
DISCORD: dict[str, CataloguedAnswer] = {
    "posted": CataloguedAnswer(
        200, {"id": "1", "channel_id": "2", "content": ""}, Meaning.ACCEPTED, _RESOURCE, content_type=DISCORD_JSON
    ),
    "empty": _discord(400, 50006, "Cannot send an empty message", Meaning.REFUSED),
    "invalid_token": _discord(401, 50027, "Invalid Webhook Token", Meaning.OFF),
    "forbidden": _discord(403, 50013, "Missing Permissions", Meaning.OFF),
    "unknown_webhook": _discord(404, 10015, "Unknown Webhook", Meaning.DEAD),
    "too_fast": CataloguedAnswer(
        429,
        {"message": "You are being rate limited.", "retry_after": 64.57, "global": False},
        Meaning.TOO_FAST,
        _RATES,
        content_type=DISCORD_JSON,
    ),
    "error": _discord(500, 0, "500: Internal Server Error", Meaning.PASSES),
    "bad_gateway": page(502, Meaning.PASSES, _RESOURCE, "<html><title>502 Bad Gateway</title></html>", "text/html"),
    "unavailable": _discord(503, 130000, "API resource is currently overloaded.", Meaning.PASSES),
}
OPTIONAL = frozenset({"retry-after"})
TEAMS_CATALOGUE = Catalogue(answers=TEAMS, fixed=frozenset({"code"}), content_type=JSON, optional=OPTIONAL)
DISCORD_CATALOGUE = Catalogue(answers=DISCORD, fixed=frozenset({"code"}), content_type=DISCORD_JSON, optional=OPTIONAL)
