"""A fake Slack: `chat.postMessage`, `users.lookupByEmail`, `auth.test` and incoming webhooks.

It refuses what Slack refuses: another token, a channel's name in place of its id, a message without text, and blocks that are
too long or too many. People are found by any address but those of `nobody.example` and `.invalid`.
"""

import hashlib
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

from infra.local.providers.catalogue import CataloguedAnswer, compact
from infra.local.providers.exchange import Answer, Request
from infra.local.providers.faults import Fault, FaultPlan, answer_of, retry_after, suffer
from infra.local.providers.ledger import Accepted, Ledger
from infra.local.providers.slack_catalogue import ANSWERS

TOKEN = "xoxb-0-of-the-fake-workspace"  # noqa: S105 (of a workspace that does not exist)
NOBODY = "nobody.example"
FAULTS = {
    "rate_limit": "ratelimited",
    "error_500": "front_end_500",
    "error_503": "front_end",
    "refused_key": "invalid_auth",
}
#: Characters of the text objects of Block Kit, by the type of their block.
LONGEST = {"header": 150, "section": 3_000}
MOST_BLOCKS = 50


class Slack:
    """The application behind the fake's HTTP server."""

    def __init__(self, *, ledger: Ledger, faults: FaultPlan, clock: Callable[[], float] = time.time) -> None:
        self._ledger = ledger
        self._faults = faults
        self._clock = clock
        self._posted = 0

    def handle(self, request: Request) -> Answer:
        """Answer one request."""
        url = urlsplit(request.path)
        routes: Mapping[str, Callable[[Request], Answer]] = {
            "/api/chat.postMessage": self._post,
            "/api/users.lookupByEmail": self._look_up,
            "/api/auth.test": self._who,
        }
        serve = self._hook if url.path.startswith("/services/") else routes.get(url.path)
        if serve is None:
            return Answer(404)
        fault = self._faults.pick("slack", lambda: f"{request.path} {request.body.decode('utf-8', 'replace')}")
        if fault is None:
            return serve(request)
        return suffer(fault, accept=lambda: serve(request), refuse=_refusal)

    def _who(self, request: Request) -> Answer:
        known = request.headers.get("authorization") == f"Bearer {TOKEN}"
        return ANSWERS["who" if known else "invalid_auth"].answer()

    def _look_up(self, request: Request) -> Answer:
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return ANSWERS["invalid_auth"].answer()
        # its page names GET, and Slack's own client posts a form
        asked = urlsplit(request.path).query or request.body.decode("utf-8", "replace")
        [address] = parse_qs(asked).get("email", [""])
        if not address or address.endswith((f"@{NOBODY}", ".invalid")):
            return ANSWERS["users_not_found"].answer()
        found = ANSWERS["found"]
        user = {**(found.document or {})["user"], "id": user_of(address)}
        return _with(found, user=user)

    def _post(self, request: Request) -> Answer:
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return ANSWERS["invalid_auth"].answer()
        message = _document(request.body)
        channel = str(message.get("channel", ""))
        if channel[:1] not in "CGDUW" or not channel[1:].isalnum() or channel != channel.upper():
            return ANSWERS["channel_not_found"].answer()
        if fault := _fault_of(message):
            return ANSWERS[fault].answer()
        ts = self._record(channel, message)
        return _with(ANSWERS["posted"], channel=channel, ts=ts)

    def _hook(self, request: Request) -> Answer:
        message = _document(request.body)
        if _fault_of(message):
            return ANSWERS["hook_invalid_payload"].answer()
        self._record(request.path, message)
        return ANSWERS["hook_ok"].answer()

    def _record(self, recipient: str, message: Mapping[str, Any]) -> str:
        self._posted += 1
        at = self._clock()
        ts = f"{at:.0f}.{self._posted:06}"
        title, _, text = str(message["text"]).partition("\n")
        payload = compact({name: value for name, value in message.items() if name != "channel"}).decode()
        self._ledger.record(
            Accepted(
                at=at,
                channel="slack",
                provider="slack",
                recipient=recipient,
                provider_id=ts,
                delivery_id=message.get("metadata", {}).get("event_payload", {}).get("delivery_id"),
                title=title,
                text=text,
                payload=payload,
            )
        )
        return ts


def user_of(address: str) -> str:
    """Return the id of the person with this address in the fake workspace."""
    return "U" + hashlib.sha256(address.lower().encode()).hexdigest()[:10].upper()


def _document(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _fault_of(message: Mapping[str, Any]) -> str | None:
    """Return the name of the answer to a message that Slack does not take."""
    blocks = message.get("blocks", [])
    if not message.get("text"):
        return "no_text"
    if len(blocks) > MOST_BLOCKS:
        return "invalid_blocks"
    for block in blocks:
        longest = LONGEST.get(block.get("type"))
        if longest and not 0 < len(block.get("text", {}).get("text", "")) <= longest:
            return "invalid_blocks"
    return None


def _with(known: CataloguedAnswer, **members: object) -> Answer:
    document = {**(known.document or {}), **members}
    return replace(known, document=document).answer()


def _refusal(fault: Fault) -> Answer:
    return answer_of(fault, FAULTS).answer(retry_after(fault))
