"""A fake of Telegram's Bot API: messages to chats, the webhook, and people who follow a link.

`POST /people` with `{"chat_id", "name", "text"}` has somebody write to the bot: the update is posted to the webhook, with its
secret, and what that answers is carried out as Telegram does.

Sources: core.telegram.org/bots/api, and telegram_catalogue.
"""

import json
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from itertools import count
from typing import Any
from urllib.parse import parse_qs

import httpx

from infra.local.providers.catalogue import compact
from infra.local.providers.exchange import Answer, Request, json_answer
from infra.local.providers.faults import Fault, FaultPlan, answer_of, suffer
from infra.local.providers.ledger import Accepted, Ledger
from infra.local.providers.telegram_catalogue import ANSWERS, JSON

FAULTS = {
    "rate_limit": "too_fast",
    "error_503": "bad_gateway",
    "refused_key": "bad_token",
    "dead_token": "blocked",
}
LONGEST = 4_096
SECONDS = 15.0


class Telegram:
    """The application behind the fake's HTTP server."""

    def __init__(
        self, *, ledger: Ledger, faults: FaultPlan, token: str, clock: Callable[[], float] = time.time
    ) -> None:
        self._ledger = ledger
        self._faults = faults
        self._token = token
        self._clock = clock
        self._numbers = count(1)
        self._webhook: dict[str, Any] = {}

    def handle(self, request: Request) -> Answer:
        """Answer one request."""
        if request.path == "/people":
            return self._written(json.loads(request.body))
        fault = self._faults.pick("telegram", lambda: request.body.decode("utf-8", "replace"))
        if fault is None:
            return self._called(request)
        return suffer(fault, accept=partial(self._called, request), refuse=_refusal)

    def _called(self, request: Request) -> Answer:
        token, _, method = request.path.removeprefix("/bot").partition("/")
        if not request.path.startswith("/bot") or not method:
            return ANSWERS["no_bot"].answer()
        if token != self._token:
            return ANSWERS["bad_token"].answer()
        asked = _parameters(request)
        if method == "setWebhook":
            self._webhook = asked
            return ANSWERS["done"].answer()
        if method == "getMe":
            return ANSWERS["me"].answer()
        if method == "getWebhookInfo":
            return self._info()
        if method != "sendMessage":
            return ANSWERS["no_bot"].answer()
        return self._sent(asked, request.headers.get("x-request-id"))

    def _info(self) -> Answer:
        if not self._webhook.get("url"):
            return ANSWERS["no_webhook"].answer()
        known = dict(ANSWERS["webhook"].document or {})
        told = {"url": self._webhook["url"], "allowed_updates": self._webhook.get("allowed_updates", [])}
        return replace(ANSWERS["webhook"], document={**known, "result": {**known["result"], **told}}).answer()

    def _sent(self, asked: dict[str, Any], delivery_id: str | None) -> Answer:
        text, chat = asked.get("text"), asked.get("chat_id")
        if not text:
            return ANSWERS["empty"].answer()
        if len(text.encode("utf-16-le")) // 2 > LONGEST:
            return ANSWERS["too_long"].answer()
        if not isinstance(chat, int):
            return ANSWERS["no_chat"].answer()
        number = next(self._numbers)
        title, _, rest = text.partition("\n\n")
        self._ledger.record(
            Accepted(
                at=self._clock(),
                channel="telegram",
                provider="telegram",
                recipient=str(chat),
                provider_id=str(number),
                delivery_id=delivery_id,
                title=title,
                text=rest,
                payload=json.dumps(asked),
            )
        )
        result = {**ANSWERS["sent"].document["result"], "message_id": number, "text": text}  # type: ignore[index]
        return Answer(200, compact({"ok": True, "result": result}), (("content-type", JSON),))

    def _written(self, told: dict[str, Any]) -> Answer:
        """Post an update as of somebody, and do what the answer asks for.

        They write `text` to the bot, or have `blocked` it or taken it back.
        """
        chat = {"id": told["chat_id"], "first_name": told.get("name", "Ada"), "type": told.get("type", "private")}
        message = {"message_id": next(self._numbers), "from": chat, "chat": chat, "date": 1, "text": told.get("text")}
        headers = {"x-telegram-bot-api-secret-token": str(self._webhook.get("secret_token", ""))}
        what = {"my_chat_member": changed(chat, told)} if "blocked" in told else {"message": message}
        update = {"update_id": next(self._numbers), **what}
        url = str(self._webhook.get("url", ""))
        answer = httpx.post(url, json=update, headers=headers, timeout=SECONDS, trust_env=False)
        method = answer.json() if answer.is_success else {}
        if method.get("method") == "sendMessage":
            self._sent(method, None)
        return json_answer(200, {"status": answer.status_code, "answer": method})


def changed(chat: dict[str, Any], told: dict[str, Any]) -> dict[str, Any]:
    """Return what an update says of somebody who blocks the bot, or takes it back."""
    bot = {"id": 1, "is_bot": True, "first_name": "Owlpost"}
    kicked: dict[str, Any] = {"user": bot, "status": "kicked", "until_date": 0}
    member: dict[str, Any] = {"user": bot, "status": "member"}
    old, new = (member, kicked) if told["blocked"] else (kicked, member)
    person = {**chat, "is_bot": False}
    return {"chat": chat, "from": person, "date": int(time.time()), "old_chat_member": old, "new_chat_member": new}


def _parameters(request: Request) -> dict[str, Any]:
    """Return what is asked for: as JSON, or as a form whose members are JSON where they are no text."""
    if not request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        return dict(json.loads(request.body or b"{}"))
    form = {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
    return {name: value if name == "text" else json.loads(value) for name, value in form.items()}


def _refusal(fault: Fault) -> Answer:
    """Telegram says when to come back in the body, and in a header too."""
    catalogued = answer_of(fault, FAULTS)
    told = dict(catalogued.document or {})
    if "retry_after" not in told.get("parameters", {}):
        return catalogued.answer()
    seconds = int(told["parameters"]["retry_after"] if fault.retry_after is None else fault.retry_after)
    told |= {"description": f"Too Many Requests: retry after {seconds}", "parameters": {"retry_after": seconds}}
    return replace(catalogued.answer((("retry-after", str(seconds)),)), body=compact(told))
