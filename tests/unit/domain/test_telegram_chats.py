"""Which updates of Telegram are of somebody who has followed a link, or has blocked the bot."""

import json

import pytest

from owlpost.domain.telegram_chats import Followed, Membership


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
        update(type="channel"),
        update("hello", type="group"),
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


@pytest.mark.parametrize("kind", ["group", "supergroup"])
def test_a_token_in_a_group_is_not_even_read(kind: str) -> None:
    found = Followed.from_update(update("/start@owlpost_bot abc", type=kind))
    assert found is not None
    assert (found.is_group, found.token) == (True, "")


def changed(status: object = "kicked", *, date: object = 1, kind: str = "private", chat_id: object = 42) -> bytes:
    """Return an update as others write it down; what the members say besides is left away, as it is not read."""
    member = {
        "chat": {"id": chat_id, "type": kind},
        "from": {"id": 42, "is_bot": False, "first_name": "Ada"},
        "date": date,
    }
    statuses = {"old_chat_member": {"status": "member"}, "new_chat_member": {"status": status}}
    return json.dumps({"update_id": 1, "my_chat_member": {**member, **statuses}}).encode()


@pytest.mark.parametrize(("status", "may_write"), [("kicked", False), ("member", True)])
def test_who_blocks_the_bot_or_takes_it_back_is_named_with_the_time(status: str, *, may_write: bool) -> None:
    assert Membership.from_update(changed(status)) == Membership(42, may_write, 1)
    assert Followed.from_update(changed(status)) is None


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b'{"my_chat_member": 4}',
        update(),
        *(changed(status) for status in ("administrator", "left", "restricted", "creator", "", "None")),
        changed(None),
        changed(["kicked"]),
        *(changed(date=date) for date in ("1", None, -1, 10**20)),
        *(changed(kind=each) for each in ("group", "supergroup", "channel")),
        changed(chat_id="42"),
    ],
)
def test_whatever_else_blocks_nothing(body: bytes) -> None:
    assert Membership.from_update(body) is None
