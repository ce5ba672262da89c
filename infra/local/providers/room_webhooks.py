"""Fake webhooks of rooms in Microsoft Teams and Discord: any path leads to a room of its own.

Discord refuses an empty message and one that is too long. Power Automate takes whatever it gets and starts the workflow. This
fails for want of a card [bgptools/issues#203], or for more than 28 KB [MicrosoftDocs/msteams-docs#11274], and we are not told.
"""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from itertools import count
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from infra.local.providers.exchange import Answer, Request
from infra.local.providers.faults import Fault, FaultPlan, answer_of, retry_after, suffer
from infra.local.providers.ledger import Accepted, Ledger
from infra.local.providers.room_webhook_catalogue import DISCORD, TEAMS

if TYPE_CHECKING:
    from collections.abc import Iterator

LARGEST_CARD = 28 * 1024
LONGEST_CONTENT = 2_000
#: `teams` can have the first alone: nobody has published what a workflow says to a caller while it is broken.
FAULTS = {"rate_limit": "too_fast", "error_500": "error", "error_503": "unavailable"}


@dataclass
class RoomWebhooks:
    """The application behind one fake's HTTP server; `provider` is `teams` or `discord`."""

    provider: str
    ledger: Ledger
    faults: FaultPlan
    clock: Callable[[], float] = time.time
    ids: "Iterator[int]" = field(default_factory=lambda: count(1))

    def handle(self, request: Request) -> Answer:
        """Answer one request."""
        if request.method != "POST":
            return self._by_name("not_found" if self.provider == "teams" else "unknown_webhook")
        fault = self.faults.pick(self.provider, lambda: request.path)
        if fault is None:
            return self._taken(request)
        return suffer(fault, accept=lambda: self._taken(request), refuse=_refusal)

    def _taken(self, request: Request) -> Answer:
        message = _document(request.body)
        text = _card(message, request.body) if self.provider == "teams" else _content(message)
        if text is None:
            return self._by_name("accepted" if self.provider == "teams" else "empty")
        id_ = str(next(self.ids))
        title, _, rest = text.partition("\n")
        self.ledger.record(
            Accepted(
                at=self.clock(),
                channel=self.provider,
                provider=self.provider,
                recipient=urlsplit(request.path).path,
                provider_id=id_,
                delivery_id=request.headers.get("x-request-id"),
                title=title,
                text=rest,
                payload=request.body.decode("utf-8", "replace"),
            )
        )
        if self.provider == "teams":
            return self._by_name("accepted")
        if parse_qs(urlsplit(request.path).query).get("wait") != ["true"]:
            return Answer(204)
        posted = DISCORD["posted"]
        return replace(posted, document={**(posted.document or {}), "id": id_, "content": text}).answer()

    def _by_name(self, name: str) -> Answer:
        return (TEAMS if self.provider == "teams" else DISCORD)[name].answer()


def _card(message: Mapping[str, Any], body: bytes) -> str | None:
    """Return the text of the adaptive card; None for a message that has none, or is too large."""
    try:
        card = message["attachments"][0]["content"]
        runs = [run["text"] for block in card["body"] for run in block["inlines"] if run["type"] == "TextRun"]
    except (KeyError, IndexError, TypeError):
        return None
    fits = card.get("type") == "AdaptiveCard" and message.get("type") == "message" and len(body) <= LARGEST_CARD
    return "\n".join(runs) if fits and runs else None


def _content(message: Mapping[str, Any]) -> str | None:
    content = message.get("content")
    return content if isinstance(content, str) and 0 < len(content) <= LONGEST_CONTENT else None


def _document(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _refusal(fault: Fault) -> Answer:
    return answer_of(fault, FAULTS).answer(retry_after(fault))
