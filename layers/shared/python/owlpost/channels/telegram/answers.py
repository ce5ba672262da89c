"""What Telegram's answer to a message means.

Source: tdlib/telegram-bot-api, telegram-bot-api/Client.cpp, which has the descriptions; Telegram Bot API, ResponseParameters.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from owlpost.channels.provider_answer import Meaning, document
from owlpost.channels.unknown_answers import tell_of_unknown

#: The chat will never be told again: by its owner's will, or because it is gone. By how the description begins.
_BLOCKED = "Forbidden: bot was blocked by the user"
_DEAD = (
    _BLOCKED,
    "Forbidden: user is deactivated",
    "Forbidden: bot was kicked",
    "Forbidden: the group chat was deleted",
    "Forbidden: bot is not a member",
    "Bad Request: chat not found",
)
#: Our token.
_OUR_TOKEN = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.NOT_FOUND})


def meaning_of(status: int, body: bytes) -> Meaning:
    """Return what an answer means. One that no source names is told of, and refused if it is a 4xx, else tried again."""
    answer = document(body)
    description = str(answer.get("description", ""))
    if status == HTTPStatus.OK and answer.get("ok") is True:
        return Meaning.ACCEPTED
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return Meaning.TOO_FAST
    if description.startswith(_DEAD):
        return Meaning.DEAD
    if status in _OUR_TOKEN:
        return Meaning.OPERATOR
    if status == HTTPStatus.BAD_REQUEST:
        return Meaning.REFUSED
    if status >= 500:
        return Meaning.PASSES
    tell_of_unknown("telegram", status, "", channel="telegram")
    # of a 2xx that says nothing, nobody can tell whether it was sent
    return Meaning.UNKNOWN if status < 400 else Meaning.REFUSED


def is_block(body: bytes) -> bool:
    """Return whether the chat's owner has blocked the bot, and may take it back."""
    return str(document(body).get("description", "")).startswith(_BLOCKED)


def parameters(body: bytes) -> Mapping[str, Any]:
    """Return what goes with an error: `retry_after`, or `migrate_to_chat_id` of a group that has become another."""
    found = document(body).get("parameters")
    return found if isinstance(found, Mapping) else {}


def message_id(body: bytes) -> int | None:
    """Return the id of the message that was sent."""
    result = document(body).get("result")
    found = result.get("message_id") if isinstance(result, Mapping) else None
    return found if isinstance(found, int) else None
