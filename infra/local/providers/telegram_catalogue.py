"""What Telegram's Bot API answers to a message. `[T …]` is a page of core.telegram.org."""

from infra.local.providers.catalogue import Catalogue, CataloguedAnswer, page
from owlpost.channels.provider_answer import Meaning

JSON = "application/json"
_SERVER = "tdlib/telegram-bot-api, telegram-bot-api/Client.cpp"
_CHAT = {"id": 1, "first_name": "Ada", "type": "private"}
_BOT = {"id": 2, "is_bot": True, "first_name": "Owlpost", "username": "owlpost_bot"}


def _refused(
    status: int, description: str, meaning: Meaning, source: str = _SERVER, **parameters: int
) -> CataloguedAnswer:
    told = {"parameters": parameters} if parameters else {}
    return CataloguedAnswer(
        status,
        {"ok": False, "error_code": status, "description": description, **told},
        meaning,
        source,
        content_type=JSON,
    )


ANSWERS: dict[str, CataloguedAnswer] = {
    "sent": CataloguedAnswer(
        200,
        {"ok": True, "result": {"message_id": 7, "from": _BOT, "chat": _CHAT, "date": 1, "text": "Hello"}},
        Meaning.ACCEPTED,
        "[T bots/api, sendMessage]",
        content_type=JSON,
    ),
    "me": CataloguedAnswer(
        200, {"ok": True, "result": _BOT}, Meaning.ACCEPTED, "[T bots/api, getMe]", content_type=JSON
    ),
    "done": CataloguedAnswer(
        200,
        {"ok": True, "result": True, "description": "Webhook was set"},
        Meaning.ACCEPTED,
        "[T bots/api, setWebhook]",
        content_type=JSON,
    ),
    "too_long": _refused(400, "Bad Request: message is too long", Meaning.REFUSED),
    "empty": _refused(400, "Bad Request: message text is empty", Meaning.REFUSED),
    "no_chat": _refused(400, "Bad Request: chat not found", Meaning.DEAD),
    "moved": _refused(
        400,
        "Bad Request: group chat was upgraded to a supergroup chat",
        Meaning.REFUSED,
        migrate_to_chat_id=-1001234567890,
    ),
    "bad_token": _refused(401, "Unauthorized", Meaning.OPERATOR),
    "no_bot": _refused(404, "Not Found", Meaning.OPERATOR),
    "blocked": _refused(403, "Forbidden: bot was blocked by the user", Meaning.DEAD),
    "deactivated": _refused(403, "Forbidden: user is deactivated", Meaning.DEAD),
    "kicked": _refused(403, "Forbidden: bot was kicked from the group chat", Meaning.DEAD),
    "deleted": _refused(403, "Forbidden: the group chat was deleted", Meaning.DEAD),
    "no_member": _refused(403, "Forbidden: bot is not a member of the supergroup chat", Meaning.DEAD),
    "too_fast": _refused(
        429, "Too Many Requests: retry after 5", Meaning.TOO_FAST, "[T bots/api, ResponseParameters]", retry_after=5
    ),
    "error": _refused(500, "Internal Server Error", Meaning.PASSES),
    "bad_gateway": _refused(502, "Bad Gateway", Meaning.PASSES, "python-telegram-bot/python-telegram-bot#1045"),
    "front_end": page(
        502, Meaning.PASSES, _SERVER, "<html><head><title>502 Bad Gateway</title></head></html>", "text/html"
    ),
}

CATALOGUE = Catalogue(
    answers=ANSWERS,
    fixed=frozenset({"ok", "error_code"}),
    content_type=JSON,
    optional=frozenset({"retry-after"}),
)
