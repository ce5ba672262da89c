"""Which updates of Telegram are of somebody who has followed a link."""

import json

import pytest

from owlpost.domain.telegram_chats import Followed


def update(text: object = "/start abc-_1", **chat: object) -> bytes:
    of = {"id": 42, "type": "private", "first_name": "Ada", "last_name": "Lovelace", **chat}
    return json.dumps({"update_id": 1, "message": {"message_id": 1, "date": 1, "chat": of, "text": text}}).encode()


def test_a_link_that_was_followed_names_the_chat() -> None:
    assert Followed.from_update(update()) == Followed(42, "abc-_1", "Ada Lovelace")
    assert Followed.from_update(update("/start@owlpost_bot abc")) == Followed(42, "abc", "Ada Lovelace")


@pytest.mark.parametrize("text", ["/start", "/start a b", "/start " + "x" * 65, "/start ä", "/starting x"])
def test_a_start_without_a_token_of_ours_has_none(text: str) -> None:
    assert Followed.from_update(update(text)) == Followed(42, "", "Ada Lovelace")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b'{"message": 4}',
        b'{"message": {"chat": []}}',
        b"[" * 100_000,
        update("hello"),
        update(4),
        update(type="group"),
        update(id="42"),
        json.dumps({"edited_message": {"text": "/start x"}}).encode(),
    ],
)
def test_whatever_else_is_nothing(body: bytes) -> None:
    assert Followed.from_update(body) is None


def test_a_chat_without_a_name_has_one_all_the_same() -> None:
    found = Followed.from_update(update(first_name=None, last_name="\u202e"))
    assert found is not None
    assert found.name == "Telegram"
