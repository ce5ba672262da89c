"""A person connects Telegram by a link: it counts once, for ten minutes, and for what Telegram itself sent."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import text

from functions import provider_events
from owlpost.db.session import Database
from owlpost.sandbox import Sandbox
from owlpost.seals import Seals
from tests.integration.api.conftest import signed_in
from tests.support.api import ApiClient
from tests.support.optional_channels import switched_on
from tests.support.people import Person
from tests.support.receiving import KEYS
from tests.support.wired import Context

SECRET = "a-secret-that-Telegram-sends-along-with-each-update"
CHAT = 4_242_424_242


@pytest.fixture(autouse=True)
def telegram(monkeypatch: pytest.MonkeyPatch, sandbox: Sandbox) -> Iterator[None]:
    monkeypatch.setenv("DESTINATION_KEYS", KEYS[0])
    monkeypatch.setenv("TELEGRAM_NAME", "owlpost_bot")
    monkeypatch.setenv("TELEGRAM_WEBHOOK_SECRET", SECRET)
    with switched_on("telegram"):
        yield


def link(client: ApiClient) -> str:
    """Ask to be connected. Return the token of the link."""
    answer = client.post("/v1/destinations", {"channel": "telegram"})
    assert (answer.status, answer.body["destination"]["state"]) == (201, "unverified")
    site, _, token = answer.body["connect_url"].rpartition("=")
    assert site == "https://t.me/owlpost_bot?start"
    return str(token)


def follow(token: str, *, chat: int = CHAT, secret: str = SECRET) -> dict[str, Any]:
    """Post what Telegram posts for somebody who follows it. Return our answer."""
    of = {"id": chat, "type": "private", "first_name": "Ada"}
    update = {"update_id": 1, "message": {"message_id": 1, "date": 1, "chat": of, "text": f"/start {token}"}}
    http = {"method": "POST", "path": "/v1/provider-events/telegram", "sourceIp": "203.0.113.77"}
    event = {
        "requestContext": {"http": http, "requestId": "JKJaXmPLvHcESHA="},
        "headers": {"x-telegram-bot-api-secret-token": secret},
        "body": json.dumps(update),
        "isBase64Encoded": False,
    }
    answer: dict[str, Any] = provider_events.handler(event, Context())
    return {"status": answer["statusCode"], **json.loads(answer["body"])}


def rows(database: Database) -> list[Any]:
    with database.transaction() as connection:
        return list(connection.execute(text("select * from destinations order by created_at")))


def states(client: ApiClient) -> list[tuple[str, str]]:
    return [(each["label"], each["state"]) for each in client.get("/v1/destinations").body["destinations"]]


def test_whoever_follows_the_link_is_told_in_that_chat(api: ApiClient, database: Database) -> None:
    answer = follow(link(api))
    assert (answer["status"], answer["method"], answer["chat_id"]) == (200, "sendMessage", CHAT)
    assert answer["text"].startswith("Connected.")
    assert states(api) == [("Ada", "live")]
    [row] = rows(database)
    assert Seals(KEYS).open(row.id, row.sealed) == {"chat_id": CHAT}
    assert str(CHAT) not in f"{row.sealed} {row.fingerprint} {row.label}"
    assert row.verify_hash is None


def test_a_link_counts_once(api: ApiClient) -> None:
    token = link(api)
    follow(token)
    assert follow(token, chat=CHAT + 1)["text"].startswith("This link is over")
    assert states(api) == [("Ada", "live")]


def test_a_link_is_over_after_ten_minutes(api: ApiClient, database: Database) -> None:
    token = link(api)
    with database.transaction() as connection:
        connection.execute(text("update destinations set verify_until = now()"))
    assert follow(token)["text"].startswith("This link is over")
    assert states(api) == [("Telegram", "unverified")]


def test_a_token_that_nobody_was_given_connects_nothing(api: ApiClient) -> None:
    link(api)
    assert follow("x" * 43)["text"].startswith("This link is over")
    assert states(api) == [("Telegram", "unverified")]


@pytest.mark.parametrize("secret", ["", "guessed", SECRET + "x", "ä"])
def test_an_update_that_telegram_did_not_send_is_refused(api: ApiClient, secret: str) -> None:
    assert follow(link(api), secret=secret)["status"] == 401
    assert states(api) == [("Telegram", "unverified")]


def test_a_chat_is_of_whoever_connected_it_last(api: ApiClient, bo: Person) -> None:
    follow(link(api))
    theirs = ApiClient(bearer=signed_in(bo))
    follow(link(theirs))
    assert (states(api), states(theirs)) == ([], [("Ada", "live")])


def test_connecting_the_same_chat_again_leaves_one(api: ApiClient) -> None:
    for _ in range(2):
        follow(link(api))
    assert states(api) == [("Ada", "live")]


def test_two_chats_of_one_person_are_both_told(api: ApiClient) -> None:
    for chat in (CHAT, CHAT + 1):
        follow(link(api), chat=chat)
    assert states(api) == [("Ada", "live")] * 2


def test_somebody_who_just_says_start_is_told_where_to_connect(api: ApiClient) -> None:
    assert "connect Telegram on the page" in follow("")["text"]
