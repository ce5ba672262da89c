"""What an operator asks of Telegram: whether it takes our token, and that it sends its updates here.

Source: Telegram Bot API, getMe, setWebhook and getWebhookInfo.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from owlpost.channels.http_call import HttpCall
from owlpost.channels.provider_answer import document, storable
from owlpost.channels.replies import AnswerLostError, NotSentError
from owlpost.channels.telegram.settings import TelegramSettings
from owlpost.domain.clock import utc_now
from owlpost.domain.findings import Finding, good, note, unknown, wrong

SUBJECT = "Telegram"
UPDATES = "Telegram's updates"
LONGEST_SECONDS = 10.0
#: Where its updates go, under the address of the dashboard.
PATH = "/v1/provider-events/telegram"
TOKEN = "Set TELEGRAM_BOT_TOKEN to the token that BotFather gives."  # noqa: S105 (a sentence)
CONNECT = "Run owlpost connect telegram, with --aws for a deployment."
#: What we want to hear of: messages, and that somebody has blocked the bot or taken it back.
WANTED = ("message", "my_chat_member")
#: An error of longer ago is over, though Telegram still tells of it.
RECENT = timedelta(hours=1)
AGAIN = "Try again, and see whether the network lets the worker out."


def check(settings: TelegramSettings, client: HttpCall, deadline: datetime) -> list[Finding]:
    """Return whether Telegram takes our token, and whether its updates reach us."""
    if not settings.token:
        return [note(SUBJECT, "has no token", TOKEN)]
    answer = _asked(settings, client, "getMe", {}, deadline)
    if isinstance(answer, Finding):
        return [answer]
    info = _asked(settings, client, "getWebhookInfo", {}, deadline)
    updates = info if isinstance(info, Finding) else where_updates_go(settings, info, utc_now())
    return [good(SUBJECT, f"takes our token: @{storable(answer.get('username'))}"), updates]


def where_updates_go(settings: TelegramSettings, info: Mapping[str, Any], now: datetime) -> Finding:
    """Return what Telegram says of where its updates go. Its error may hold what our own server said."""
    url, expected = storable(info.get("url")), settings.site + PATH
    if not url:
        return wrong(UPDATES, "go nowhere, so nobody can connect a chat", CONNECT)
    if settings.site and url != expected:
        return wrong(UPDATES, f"go to {urlsplit(url).netloc or 'another address'}, and not to {expected}", CONNECT)
    allowed = info.get("allowed_updates")
    if isinstance(allowed, list) and (missing := [each for each in WANTED if each not in allowed]):
        return wrong(UPDATES, f"lack {' and '.join(missing)}", CONNECT)
    waiting, failed = info.get("pending_update_count"), info.get("last_error_date")
    if waiting and isinstance(failed, int) and now - datetime.fromtimestamp(failed, UTC) < RECENT:
        said = f"do not reach us, and {waiting} wait: {storable(info.get('last_error_message'))}"
        return wrong(
            UPDATES, said, "See whether the address answers from outside. After a change of the secret: " + CONNECT
        )
    return good(UPDATES, f"come to {url}")


def announce(settings: TelegramSettings, client: HttpCall, deadline: datetime) -> Finding:
    """Have Telegram send its updates to us, with our secret."""
    if not settings.token:
        return wrong(SUBJECT, "has no token", TOKEN)
    if not settings.site.startswith("https://") and settings.is_real:
        return wrong(SUBJECT, "sends updates to https alone", "Set WEB_URL, in a deployment by `domain` or `web_url`.")
    asked = {"url": settings.site + PATH, "secret_token": settings.secret, "allowed_updates": WANTED}
    answer = _asked(settings, client, "setWebhook", asked, deadline)
    return answer if isinstance(answer, Finding) else good(SUBJECT, f"sends its updates to {settings.site}{PATH}")


def _asked(
    settings: TelegramSettings, client: HttpCall, method: str, asked: Mapping[str, object], deadline: datetime
) -> Mapping[str, Any] | Finding:
    seconds = min(LONGEST_SECONDS, max(1.0, (deadline - utc_now()).total_seconds() / 2))
    headers = {"content-type": "application/json"}
    try:
        reply = client.post(settings.url(method), json.dumps(asked).encode(), headers, seconds=seconds)
    except (NotSentError, AnswerLostError) as error:
        return unknown(SUBJECT, f"gives no answer: {error}", AGAIN)
    told = document(reply.body)
    if told.get("ok") is True:
        result = told.get("result")
        return result if isinstance(result, Mapping) else {}
    said = f"refuses: {storable(told.get('description'))} ({reply.status})"
    return wrong(SUBJECT, said, TOKEN) if reply.status < 500 else unknown(SUBJECT, said, AGAIN)
