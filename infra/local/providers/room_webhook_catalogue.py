"""What workflows of Microsoft Teams and webhooks of Discord answer: see `catalogue`.

A body is the recorded one, or is cut down to the members that its source shows. Where a source tells the status alone, the
fake sends no body. What no source shows is not here, and the adapters take it by its status: see test_room_dialects.py.
"""

from infra.local.providers.catalogue import Catalogue, CataloguedAnswer, page
from owlpost.channels.provider_answer import Meaning

JSON = "application/json; charset=utf-8"
DISCORD_JSON = "application/json"
TEXT = "text/plain; charset=utf-8"
_REQUEST_TRIGGER = "[learn.microsoft.com/azure/connectors/connectors-native-reqres, Add a Response action]"
_THROTTLED = (
    "[learn.microsoft.com/azure/logic-apps/handle-throttling-problems-429-errors, Logic app resource throttling]"
)
_RESOURCE = "[discord.com/developers/docs/resources/webhook, Execute Webhook]"
_CODES = "[discord.com/developers/docs/topics/opcodes-and-status-codes, JSON]"
_RATES = "[discord.com/developers/docs/topics/rate-limits, Exceeding A Rate Limit]"


def _flow(status: int, code: str, message: str, meaning: Meaning, source: str) -> CataloguedAnswer:
    document = {"error": {"code": code, "message": message}}
    return CataloguedAnswer(status, document, meaning, source, content_type=JSON)


def _status(status: int, meaning: Meaning, source: str) -> CataloguedAnswer:
    return page(status, meaning, source, "", "")


def _discord(status: int, code: int, message: str, meaning: Meaning, source: str = _CODES) -> CataloguedAnswer:
    return CataloguedAnswer(status, {"message": message, "code": code}, meaning, source, content_type=DISCORD_JSON)


#: Those that hide an error in a 200 are of connectors, before workflows took their place: a relay may still pass them on.
TEAMS: dict[str, CataloguedAnswer] = {
    "accepted": _status(202, Meaning.ACCEPTED, f"{_REQUEST_TRIGGER}; robusta-dev/robusta#2113"),
    "hidden_429": page(
        200,
        Meaning.TOO_FAST,
        "MicrosoftDocs/msteams-docs#7425",
        "Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 429 with ContextId"
        " tcid=0,server=msgapi-production-cse-azsc7-2-35,cv=blablba.0,MS-CV=blababl.0..",
        TEXT,
    ),
    "hidden_413": page(
        200,
        Meaning.REFUSED,
        "MicrosoftDocs/msteams-docs#1810",
        "Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 413 with ContextId"
        " tcid=622824298674363899,server=DB5PEPF00003FC8,cv=AszFFaeXdEGdFrJhai0eUw.1.0,MS-CV=AszFFaeXdEGdFrJhai0eUw.1.0..",
        TEXT,
    ),
    "hidden_400": page(
        200,
        Meaning.REFUSED,
        "MicrosoftDocs/msteams-docs#4145",
        "Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 400 with ContextId"
        " tcid=385194272617051900,server=BL2PEPF000001C8,cv=wUmM9kBhpkiOZnT3ZEwhdg.0..",
        TEXT,
    ),
    "schema": _flow(
        400,
        "TriggerInputSchemaMismatch",
        "Required properties are missing from object",
        Meaning.REFUSED,
        "alessandromoura/logicappstesting, BuyTicketCorinthians.Tests/BadRequests.cs",
    ),
    "switched_off": _flow(
        400,
        "WorkflowTriggerIsNotEnabled",
        "Could not execute workflow 'xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx' trigger 'manual' with state 'Disabled': trigger is"
        " not enabled.",
        Meaning.OFF,
        "blacklanternsecurity/bbot, bbot/test/test_step_2/module_tests/test_module_teams.py;"
        " [learn.microsoft.com/troubleshoot/power-platform/power-apps/connections/best-practices-when-updating-a-flow]",
    ),
    "unauthorized": _flow(
        401,
        "DirectApiAuthorizationRequired",
        "The request must be authenticated only by Shared Access scheme.",
        Meaning.OFF,
        "ericferon/glpi-webhook#51",
    ),
    "forbidden": _status(403, Meaning.OFF, "Skitionek/notify-microsoft-teams#179"),
    "not_found": _status(404, Meaning.DEAD, "caronc/apprise#1405"),
    "too_fast": _status(429, Meaning.TOO_FAST, _THROTTLED),
    "late": _status(504, Meaning.UNKNOWN, _REQUEST_TRIGGER),
}
DISCORD: dict[str, CataloguedAnswer] = {
    "posted": CataloguedAnswer(
        200, {"id": "1", "channel_id": "2", "content": ""}, Meaning.ACCEPTED, _RESOURCE, content_type=DISCORD_JSON
    ),
    "empty": _discord(400, 50006, "Cannot send an empty message", Meaning.REFUSED, "timbru31/mms-stockshock#45"),
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
    "error": _discord(500, 0, "500: Internal Server Error", Meaning.PASSES, "discord/discord-api-docs#5238"),
    "bad_gateway": page(
        502, Meaning.PASSES, "[C cloudflare-5xx-errors]", "<html><title>502 Bad Gateway</title></html>", "text/html"
    ),
    "unavailable": _discord(
        503, 130000, "API resource is currently overloaded. Try again a little later", Meaning.PASSES
    ),
}
OPTIONAL = frozenset({"retry-after"})
TEAMS_CATALOGUE = Catalogue(answers=TEAMS, fixed=frozenset({"code"}), content_type=JSON, optional=OPTIONAL)
DISCORD_CATALOGUE = Catalogue(answers=DISCORD, fixed=frozenset({"code"}), content_type=DISCORD_JSON, optional=OPTIONAL)
