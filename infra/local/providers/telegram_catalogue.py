"""What Telegram's Bot API answers to a message, as others have recorded it. `[T …]` is a page of core.telegram.org.

Ids, names and times are ours. Where a source shows a description alone, its members are those of all other refusals.
"""

from infra.local.providers.catalogue import Catalogue, CataloguedAnswer, page
from owlpost.channels.provider_answer import Meaning

JSON = "application/json"
_CHAT = {"id": 1, "first_name": "Ada", "type": "private"}
_BOT = {"id": 2, "is_bot": True, "first_name": "Owlpost", "username": "owlpost_bot"}
_HEADERS_TOO = "webitel/chat_manager, cmd/bot/telegram.go"


def _refused(status: int, description: str, meaning: Meaning, source: str, **parameters: int) -> CataloguedAnswer:
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
        "OldTyT/frigate-telegram#17",
        content_type=JSON,
    ),
    "me": CataloguedAnswer(
        200,
        {"ok": True, "result": _BOT},
        Meaning.ACCEPTED,
        "iobroker-community-adapters/ioBroker.telegram#64",
        content_type=JSON,
    ),
    "done": CataloguedAnswer(
        200,
        {"ok": True, "result": True, "description": "Webhook was set"},
        Meaning.ACCEPTED,
        "irazasyed/telegram-bot-sdk#598",
        content_type=JSON,
    ),
    "webhook": CataloguedAnswer(
        200,
        {
            "ok": True,
            "result": {
                "url": "https://mydomain:443/telegram/realtimeupdates/Z3_bBAbmEdP3veUDHGv9HSg%3d%3d",
                "has_custom_certificate": False,
                "pending_update_count": 0,
                "max_connections": 40,
                "allowed_updates": ["message", "channel_post"],
            },
        },
        Meaning.ACCEPTED,
        "TelegramBots/Telegram.Bot#880",
        content_type=JSON,
    ),
    "no_webhook": CataloguedAnswer(
        200,
        {"ok": True, "result": {"url": "", "has_custom_certificate": False, "pending_update_count": 0}},
        Meaning.ACCEPTED,
        "[core.telegram.org/bots/api, WebhookInfo]",
        content_type=JSON,
    ),
    "webhook_failing": CataloguedAnswer(
        200,
        {
            "ok": True,
            "result": {
                "url": "https://ip:port/path",
                "has_custom_certificate": True,
                "pending_update_count": 0,
                "last_error_date": 1536852621,
                "last_error_message": "Connection refused",
                "max_connections": 40,
            },
        },
        Meaning.ACCEPTED,
        "python-telegram-bot/python-telegram-bot#1218",
        content_type=JSON,
    ),
    "too_long": _refused(400, "Bad Request: message is too long", Meaning.REFUSED, "j-hc/revanced-magisk-module#262"),
    "empty": _refused(400, "Bad Request: message text is empty", Meaning.REFUSED, "eternnoir/pyTelegramBotAPI#2414"),
    "no_chat": _refused(400, "Bad Request: chat not found", Meaning.DEAD, "eternnoir/pyTelegramBotAPI#601"),
    "moved": _refused(
        400,
        "Bad Request: group chat was upgraded to a supergroup chat",
        Meaning.REFUSED,
        "TwiN/gatus#179",
        migrate_to_chat_id=-1001557912345,
    ),
    "bad_token": _refused(401, "Unauthorized", Meaning.OPERATOR, "silvanmelchior/RPi_Cam_Web_Interface#394"),
    "no_bot": _refused(404, "Not Found", Meaning.OPERATOR, "eternnoir/pyTelegramBotAPI#817"),
    "blocked": _refused(403, "Forbidden: bot was blocked by the user", Meaning.DEAD, _HEADERS_TOO),
    "deactivated": _refused(403, "Forbidden: user is deactivated", Meaning.DEAD, "LibertyPaul/LostFilmUpdatesBot#57"),
    "kicked": _refused(
        403, "Forbidden: bot was kicked from the group chat", Meaning.DEAD, "TelegramBots/Telegram.Bot#250"
    ),
    "deleted": _refused(403, "Forbidden: the group chat was deleted", Meaning.DEAD, "yagop/node-telegram-bot-api#1155"),
    "no_member": _refused(
        403, "Forbidden: bot is not a member of the supergroup chat", Meaning.DEAD, "vrumger/telegram-errors, README.md"
    ),
    "too_fast": _refused(
        429,
        "Too Many Requests: retry after 1",
        Meaning.TOO_FAST,
        f"{_HEADERS_TOO}; tdlib/telegram-bot-api#184",
        retry_after=1,
    ),
    "bad_gateway": _refused(502, "Bad Gateway", Meaning.PASSES, "tdlib/telegram-bot-api#868"),
    "front_end": page(
        502,
        Meaning.PASSES,
        "yagop/node-telegram-bot-api#86",
        '<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body bgcolor="white">\r\n'
        "<center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>nginx/1.6.2</center>\r\n</body>\r\n</html>\r\n",
        "text/html",
    ),
}

CATALOGUE = Catalogue(
    answers=ANSWERS,
    fixed=frozenset({"ok", "error_code"}),
    content_type=JSON,
    optional=frozenset({"retry-after"}),
)
