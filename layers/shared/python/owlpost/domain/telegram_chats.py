"""Chats of Telegram: what makes two the same, and what an update says of one whose owner has followed our link."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from owlpost.domain.text import one_line

#: "start" with what stood in the link, up to 64 characters of `A-Za-z0-9_-` (Telegram, Bot features, Deep linking). In a group
#: the name of the bot follows the command.
_START = re.compile(r"/start(?:@\w+)? ([A-Za-z0-9_-]{1,64})")
LONGEST_NAME = 60


def address_of(chat_id: int) -> str:
    """Return what makes two destinations the same chat."""
    return f"telegram:{chat_id}"


@dataclass(frozen=True, slots=True)
class Followed:
    """Somebody has followed a link of ours in this chat. `token` is "" for one without a token."""

    chat_id: int
    token: str
    name: str

    @classmethod
    def from_update(cls, body: bytes) -> Self | None:
        """Return it; None for an update of anything else, or of a chat that is not one person's."""
        message = _member(_loaded(body), "message")
        chat, text = _member(message, "chat"), message.get("text")
        chat_id = chat.get("id")
        if chat.get("type") != "private" or not isinstance(chat_id, int) or not isinstance(text, str):
            return None
        if not text.startswith("/start"):
            return None
        found = _START.fullmatch(text)
        names = (chat.get("first_name"), chat.get("last_name"))
        name = one_line(" ".join(each for each in names if isinstance(each, str)))[:LONGEST_NAME].strip()
        return cls(chat_id, found[1] if found else "", name or "Telegram")


def _loaded(body: bytes) -> Mapping[str, Any]:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, Mapping) else {}


def _member(value: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = value.get(name)
    return found if isinstance(found, Mapping) else {}
