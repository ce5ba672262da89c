"""Chats of Telegram: what makes two the same, and what an update says of one whose owner has followed our link or blocked us.

Source: Telegram Bot API, Update, Message, ChatMemberUpdated, ChatMemberBanned (its status is `kicked`).
"""

import json
import re
from collections.abc import Mapping
from typing import Any, Self

from owlpost.domain.locales import normal
from owlpost.domain.text import one_line
from owlpost.domain.value import dataclass

#: "start" with what stood in the link, up to 64 characters of `A-Za-z0-9_-` (Telegram, Bot features, Deep linking). In a group
#: the name of the bot follows the command.
_START = re.compile(r"/start(?:@\w+)? ([A-Za-z0-9_-]{1,64})")
LONGEST_NAME = 60
_GROUPS = frozenset({"group", "supergroup"})
#: Whether the bot may write to somebody, by what it is in their chat: they have blocked it, or taken it back.
_MAY_WRITE = {"kicked": False, "member": True}
#: Seconds, of the year 9999. A later one would be refused by the database.
_LATEST = 253_402_300_799


def address_of(chat_id: int) -> str:
    """Return what makes two destinations the same chat."""
    return f"telegram:{chat_id}"


@dataclass(frozen=True, slots=True)
class Followed:
    """Somebody has followed a link of ours in this chat. `token` is "" for one without a token, and in a group."""

    chat_id: int
    token: str
    name: str
    #: The language of their app (Telegram Bot API, User.language_code), None if it does not say.
    locale: str | None = None
    is_group: bool = False

    @classmethod
    def from_update(cls, body: bytes) -> Self | None:
        """Return it; None for an update of anything else."""
        message = _member(_loaded(body), "message")
        chat, text = _member(message, "chat"), message.get("text")
        chat_id = chat.get("id")
        is_group = chat.get("type") in _GROUPS
        if not (is_group or chat.get("type") == "private") or not isinstance(chat_id, int) or not isinstance(text, str):
            return None
        if not text.startswith("/start"):
            return None
        found = None if is_group else _START.fullmatch(text)
        names = (chat.get("first_name"), chat.get("last_name"))
        name = one_line(" ".join(each for each in names if isinstance(each, str)))[:LONGEST_NAME].strip()
        locale = normal(_member(message, "from").get("language_code"))
        return cls(chat_id, found[1] if found else "", name or "Telegram", locale, is_group)


@dataclass(frozen=True, slots=True)
class Membership:
    """Somebody has blocked the bot in their own chat, or taken it back. `at` is in seconds, by Telegram's clock."""

    chat_id: int
    may_write: bool
    at: int

    @classmethod
    def from_update(cls, body: bytes) -> Self | None:
        """Return it; None for an update of anything else: of a group too, none of which we tell."""
        changed = _member(_loaded(body), "my_chat_member")
        chat, at = _member(changed, "chat"), changed.get("date")
        chat_id, status = chat.get("id"), _member(changed, "new_chat_member").get("status")
        may_write = _MAY_WRITE.get(status) if isinstance(status, str) else None
        if chat.get("type") != "private" or not isinstance(chat_id, int) or may_write is None:
            return None
        return cls(chat_id, may_write, at) if isinstance(at, int) and 0 <= at <= _LATEST else None


def _loaded(body: bytes) -> Mapping[str, Any]:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, Mapping) else {}


def _member(value: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = value.get(name)
    return found if isinstance(found, Mapping) else {}
