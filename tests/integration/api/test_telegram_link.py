"""A person connects Telegram by a link, which counts once and for ten minutes, and ends it by blocking the bot there."""

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import text

from functions import provider_events
from owlpost.db.session import Database
from owlpost.domain.telegram_chats import address_of
from owlpost.sandbox import Sandbox
from owlpost.seals import Seals
from owlpost.words import of
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


def follow(token: str, *, chat: int = CHAT, secret: str = SECRET, kind: str = "private") -> dict[str, Any]:
    """Post what Telegram posts for somebody who follows it. Return our answer."""
    of = {"id": chat, "type": kind, "first_name": "Ada"}
    return posted({"message": {"message_id": 1, "date": 1, "chat": of, "text": f"/start {token}"}}, secret=secret)


def changed(
    status: str,
    *,
    after: int = 0,
    at: int | None = None,
    chat: int = CHAT,
    kind: str = "private",
    secret: str = SECRET,
) -> dict[str, Any]:
    """Post what Telegram posts for somebody who has blocked the bot (`kicked`) or taken it back (`member`).

    It happened so many seconds after `at`, which is now unless it is given.
    """
    members = {"old_chat_member": {"status": "member"}, "new_chat_member": {"status": status}}
    date = (at or int(time.time())) + after
    update = {"chat": {"id": chat, "type": kind}, "from": {"id": chat}, "date": date, **members}
    return posted({"my_chat_member": update}, secret=secret)


def posted(what: dict[str, Any], *, secret: str = SECRET) -> dict[str, Any]:
    update = {"update_id": 1, **what}
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


@pytest.mark.parametrize("kind", ["group", "supergroup"])
def test_a_group_is_told_that_it_is_none_and_connects_nothing(api: ApiClient, kind: str) -> None:
    token = link(api)
    answer = follow(token, chat=-CHAT, kind=kind)
    assert (answer["chat_id"], answer["text"]) == (-CHAT, of("en")("telegram.group"))
    assert states(api) == [("Telegram", "unverified")]
    # the link still counts where it is followed as it was meant
    assert follow(token)["text"].startswith("Connected.")


def test_who_blocks_the_bot_is_told_nothing_more_until_they_take_it_back(api: ApiClient, database: Database) -> None:
    follow(link(api))
    assert changed("kicked", after=1) == {"status": 200}
    [row] = rows(database)
    assert (row.state, row.last_error, row.death_mail_due_at) == ("dead", "chat_blocked", None)
    assert row.dead_at is not None
    assert changed("member", after=2) == {"status": 200}
    [row] = rows(database)
    assert (row.state, row.dead_at, row.failures) == ("live", None, 0)


def test_a_block_is_noted_of_one_that_an_older_key_sealed(
    api: ApiClient, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DESTINATION_KEYS", f"a newer key for the seals of this test,{KEYS[0]}")
    follow(link(api))
    [older] = Seals(KEYS).fingerprints(address_of(CHAT))
    with database.transaction() as connection:
        connection.execute(text("update destinations set fingerprint = :older"), {"older": older})
    changed("kicked", after=1)
    assert states(api) == [("Ada", "dead")]


@pytest.mark.parametrize(
    ("first", "then", "state"),
    [
        (("kicked", 1), ("member", 5), "live"),
        # Telegram sends several at a time, and again what we did not take: the later one counts, whichever comes first
        (("member", 5), ("kicked", 1), "live"),
        (("kicked", 5), ("member", 1), "dead"),
        (("member", 1), ("kicked", 5), "dead"),
        (("kicked", 1), ("kicked", 1), "dead"),
        # of before it was connected
        (("kicked", -3_600), ("kicked", -60), "live"),
    ],
)
def test_updates_come_in_any_order(api: ApiClient, first: tuple[str, int], then: tuple[str, int], state: str) -> None:
    follow(link(api))
    now = int(time.time())
    for status, after in (first, then):
        changed(status, after=after, at=now)
    assert states(api) == [("Ada", state)]


@pytest.mark.parametrize("before", ["off", "unverified"])
def test_what_its_owner_switched_off_stays_off(api: ApiClient, database: Database, before: str) -> None:
    follow(link(api))
    with database.transaction() as connection:
        connection.execute(text("update destinations set state = :state"), {"state": before})
    for status, after in (("kicked", 1), ("member", 2)):
        changed(status, after=after)
        assert states(api) == [("Ada", before)]


def test_one_that_has_failed_for_days_lives_again_once_the_bot_is_taken_back(
    api: ApiClient, database: Database
) -> None:
    follow(link(api))
    with database.transaction() as connection:
        dead = "update destinations set state = 'dead', dead_at = now(), failures = 9, failing_since = now()"
        connection.execute(text(dead))
    changed("member", after=1)
    [row] = rows(database)
    assert (row.state, row.failures, row.failing_since) == ("live", 0, None)


def test_a_block_is_of_its_own_chat_alone(api: ApiClient) -> None:
    follow(link(api))
    changed("kicked", after=1, chat=CHAT + 1)
    changed("kicked", after=1, kind="group")
    changed("left", after=1)
    assert changed("kicked", after=1, secret="guessed")["status"] == 401
    assert states(api) == [("Ada", "live")]
