"""How each kind of destination is connected: who gives way, what moves, and what is proven when."""

import base64
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import text

from owlpost.db.session import Database
from owlpost.domain.channel import Channel
from owlpost.domain.channels import NOTIFICATION_CHANNELS
from owlpost.domain.connect import SUBSCRIPTION, URL, Connect, ConnectKind
from owlpost.keyed_hashes import token_hash
from owlpost.sandbox import Sandbox
from tests.integration.api.conftest import signed_in
from tests.support.api import Answer, ApiClient
from tests.support.people import Person

HOST = "push.example.com"
PLAN = Connect(
    (
        ConnectKind(
            "browser",
            "Browser",
            "person",
            "at_once",
            asks=SUBSCRIPTION,
            hosts=(HOST,),
            exclusive=True,
            most=3,
            stalest_gives_way=True,
        ),
        ConnectKind("bot_dm", "Messenger", "person", "test", exclusive=True),
        ConnectKind(
            "chat", "Chat", "person", "link", link="https://t.example/{PIGEON_BOT}?start={token}", exclusive=True
        ),
        ConnectKind("hook", "Hook", "room", "test", asks=URL, hosts=("hooks.example.com",)),
    ),
    settings=("PIGEON_",),
)
KEYS = {
    "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
    "auth": base64.urlsafe_b64encode(bytes(range(16))).decode(),
}


@pytest.fixture(autouse=True)
def pigeon(monkeypatch: pytest.MonkeyPatch, sandbox: Sandbox) -> Iterator[None]:
    monkeypatch.setenv("DESTINATION_KEYS", "the key of the seals of these tests and of no others")
    monkeypatch.setenv("PIGEON_BOT", "owlbot")
    NOTIFICATION_CHANNELS["pigeon"] = Channel("pigeon", "Pigeon", "x", reach="destinations", connect=PLAN)
    yield
    del NOTIFICATION_CHANNELS["pigeon"]


def browser(client: ApiClient, number: int = 1, **changes: object) -> Answer:
    subscription = {"endpoint": f"https://{HOST}/p/{number}", "keys": KEYS}
    return client.post("/v1/destinations", {"channel": "pigeon", "subscription": subscription, **changes})


def ids(client: ApiClient) -> list[str]:
    return [each["id"] for each in client.get("/v1/destinations").body["destinations"]]


def column(database: Database, name: str) -> Any:
    with database.transaction() as connection:
        return connection.execute(text(f"select {name} from destinations")).scalar_one()


def change(database: Database, statement: str) -> None:
    with database.transaction() as connection:
        connection.execute(text(statement))


def test_what_only_its_owner_can_have_is_live_at_once(api: ApiClient, database: Database) -> None:
    answer = browser(api)
    assert answer.status == 201
    shown = answer.body["destination"]
    assert (shown["kind"], shown["state"], shown["label"]) == ("browser", "live", HOST)
    assert (answer.body["secret"], answer.body["connect_url"]) == (None, None)
    assert shown["verified_at"]
    assert "/p/1" not in str(column(database, "destinations"))


def test_connecting_the_same_again_keeps_the_id_and_brings_it_back(api: ApiClient, database: Database) -> None:
    first = browser(api, label="Firefox").body["destination"]
    change(database, "update destinations set state = 'dead', registered_at = now() - interval '1 day', failures = 3")
    again = browser(api).body["destination"]
    assert (again["id"], again["label"], again["state"]) == (first["id"], "Firefox", "live")
    assert column(database, "failures = 0 and registered_at > now() - interval '1 hour'")


def test_what_its_owner_has_switched_off_stays_off(api: ApiClient) -> None:
    id_ = browser(api).body["destination"]["id"]
    api.patch(f"/v1/destinations/{id_}", {"state": "off"})
    assert browser(api).body["destination"]["state"] == "off"


def test_an_address_of_one_owner_moves_to_whoever_connects_it_last(api: ApiClient, bo: Person) -> None:
    mine = browser(api).body["destination"]["id"]
    theirs = ApiClient(bearer=signed_in(bo))
    assert browser(theirs).body["destination"]["id"] != mine
    assert (ids(api), len(ids(theirs))) == ([], 1)


def test_the_one_that_was_not_seen_for_longest_gives_way(api: ApiClient, database: Database) -> None:
    first, second, third = (browser(api, number).body["destination"]["id"] for number in (1, 2, 3))
    change(database, f"update destinations set last_seen_at = now() - interval '1 day' where id = '{second}'")
    fourth = browser(api, 4).body["destination"]["id"]
    assert set(ids(api)) == {first, third, fourth}


def test_an_address_that_is_not_known_yet_is_nobodys_and_connected_once(api: ApiClient, bo: Person) -> None:
    asked = {"channel": "pigeon", "kind": "bot_dm"}
    theirs = ApiClient(bearer=signed_in(bo))
    for client in (api, theirs, api):
        answer = client.post("/v1/destinations", asked)
        assert (answer.status, answer.body["destination"]["state"]) == (201, "unverified")
    assert (len(ids(api)), len(ids(theirs))) == (1, 1)


def test_a_link_holds_a_token_of_which_the_hash_alone_is_kept(api: ApiClient, database: Database) -> None:
    answer = api.post("/v1/destinations", {"channel": "pigeon", "kind": "chat"})
    assert answer.body["destination"]["state"] == "unverified"
    link, _, token = answer.body["connect_url"].rpartition("=")
    assert link == "https://t.example/owlbot?start"
    assert 40 < len(token) <= 64
    assert column(database, "verify_hash") == token_hash(token)
    assert column(database, "verify_until between now() + interval '9 minutes' and now() + interval '10 minutes'")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"kind": "hook", "url": "https://hooks.example.com/x"}, "kind"),
        ({"kind": "fax"}, "kind"),
        ({}, "subscription"),
        ({"kind": "bot_dm", "url": "https://hooks.example.com/x"}, "url"),
    ],
)
def test_what_a_kind_does_not_ask_for_is_refused(api: ApiClient, changes: dict[str, object], field: str) -> None:
    answer = api.post("/v1/destinations", {"channel": "pigeon", **changes})
    assert answer.status == 400
    assert [detail["field"] for detail in answer.body["details"]] == [field]
    assert ids(api) == []
