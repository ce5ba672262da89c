import secrets
from datetime import timedelta

import pytest
from sqlalchemy import text

from owlpost.db.session import Database
from owlpost.domain.destinations import MOST_TESTS_A_DAY
from owlpost.domain.refusals import Unavailable
from owlpost.queue import Queues
from owlpost.sandbox import Sandbox
from owlpost.services.people.devices import MOST_DEVICES, Devices
from owlpost.wiring import api as wiring
from tests.integration.api.conftest import Postman, signed_in
from tests.support.api import Answer, ApiClient
from tests.support.clock import FakeClock
from tests.support.people import Person
from tests.support.queue_reading import take

IPHONE = {
    "channel": "mobile_push",
    "platform": "ios",
    "token": "AB12" * 16,
    "environment": "sandbox",
    "app_version": "4.2.0",
    "device_model": "iPhone17,1",
    "os_version": "26.1",
}


def register(client: ApiClient, **changes: object) -> Answer:
    return client.post("/v1/devices", {**IPHONE, **changes})


def stored(database: Database) -> list[dict[str, object]]:
    with database.transaction() as connection:
        return [dict(row) for row in connection.execute(text("select * from user_devices")).mappings()]


def test_a_device_is_registered_and_its_token_never_given_back(api: ApiClient) -> None:
    answer = register(api)
    assert answer.status == 201
    device = answer.body["device"]
    assert device == {
        "id": device["id"],
        "channel": "mobile_push",
        "platform": "ios",
        "environment": "sandbox",
        "app_version": "4.2.0",
        "device_model": "iPhone17,1",
        "os_version": "26.1",
        "last_seen_at": device["last_seen_at"],
        "created_at": device["created_at"],
    }
    assert api.get("/v1/devices").body == {"devices": [device], "last_test": None}


def test_registering_again_refreshes_what_is_said_and_keeps_what_is_not(api: ApiClient, database: Database) -> None:
    first = register(api).body["device"]
    [before] = stored(database)
    again = api.post("/v1/devices", {k: IPHONE[k] for k in ("channel", "platform", "token")} | {"app_version": "4.3.0"})
    device = again.body["device"]
    assert (device["id"], device["created_at"]) == (first["id"], first["created_at"])
    assert (device["app_version"], device["device_model"], device["os_version"]) == ("4.3.0", "iPhone17,1", "26.1")
    [after] = stored(database)
    assert after["registered_at"] > before["registered_at"]  # type: ignore[operator]
    assert after["last_seen_at"] > before["last_seen_at"]  # type: ignore[operator]


def test_the_same_token_in_other_case_is_the_same_iphone_and_another_android(
    api: ApiClient, database: Database
) -> None:
    register(api)
    register(api, token=IPHONE["token"].lower())
    assert [row["token"] for row in stored(database)] == [IPHONE["token"].lower()]
    register(api, platform="android", token="fcm:Abc-_.9")
    register(api, platform="android", token="fcm:abc-_.9")
    assert len(stored(database)) == 3


def test_a_token_moves_to_whoever_registers_it_last(api: ApiClient, bo: Person, database: Database) -> None:
    register(api)
    theirs = ApiClient(bearer=signed_in(bo))
    register(theirs)
    assert api.get("/v1/devices").body["devices"] == []
    assert [row["user_id"] for row in stored(database)] == [bo.id]


def test_taking_over_a_token_shows_nothing_of_its_former_owner(api: ApiClient, bo: Person) -> None:
    former = register(api).body["device"]
    theirs = ApiClient(bearer=signed_in(bo))
    taken = theirs.post("/v1/devices", {k: IPHONE[k] for k in ("channel", "platform", "token")}).body["device"]
    assert (taken["app_version"], taken["device_model"], taken["os_version"]) == (None, None, None)
    assert taken["id"] != former["id"]
    assert taken["created_at"] >= former["last_seen_at"]
    assert taken["created_at"] == taken["last_seen_at"]


def test_the_former_owner_of_a_token_is_told_by_mail_and_in_the_trail(
    api: ApiClient, ada: Person, bo: Person, postman: Postman, database: Database
) -> None:
    theirs = ApiClient(bearer=signed_in(bo))
    for client in (api, api, theirs, theirs):
        register(client)
    assert [(to, template) for to, template, _ in postman.mails] == [(ada.email, "device_moved")]
    with database.transaction() as connection:
        trail = connection.execute(text("select kind, actor from security_events")).all()
    assert [tuple(row) for row in trail] == [("device_moved", str(bo.id))]


def test_a_mail_to_the_former_owner_that_fails_keeps_nobody_from_registering(
    api: ApiClient, bo: Person, postman: Postman
) -> None:
    register(api)
    postman.down = Unavailable("away", retry_after=5)
    assert register(ApiClient(bearer=signed_in(bo))).status == 201


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("sandbox", "sandbox"),
        ("production", "production"),
        ("Sandbox", "production"),
        ("dev", "production"),
        (None, "production"),
    ],
)
def test_an_environment_is_sandbox_or_production(api: ApiClient, said: str | None, kept: str) -> None:
    assert register(api, environment=said).body["device"]["environment"] == kept


def test_metadata_that_is_too_long_is_cut(api: ApiClient) -> None:
    device = register(api, app_version="1" * 80, device_model="m" * 180, os_version="o" * 80).body["device"]
    assert [len(device[name]) for name in ("app_version", "device_model", "os_version")] == [50, 100, 50]


@pytest.mark.parametrize(
    "changes",
    [
        {"channel": "email"},
        {"channel": None},
        {"platform": "windows"},
        {"platform": "iOS"},
        {"token": ""},
        {"token": "a" * 2_049},
        {"token": "with space"},
        {"token": "../../etc"},
        {"token": "ünï"},
        {"token": "a\n"},
        {"token": 5},
        {"token": None},
        {"app_version": 5},
    ],
)
def test_a_bad_channel_platform_or_token_is_refused_by_name(
    api: ApiClient, database: Database, changes: dict[str, object]
) -> None:
    answer = register(api, **changes)
    assert (answer.status, answer.body["details"][0]["field"]) == (400, next(iter(changes)))
    assert stored(database) == []


def test_the_longest_token_fits_into_its_index_whatever_it_is_made_of(api: ApiClient) -> None:
    """Postgres compresses what it indexes, so only characters without a pattern show the limit."""
    incompressible = secrets.token_urlsafe(1_536)
    assert len(incompressible) == 2_048
    assert register(api, platform="android", token=incompressible).status == 201


def test_a_token_longer_than_an_index_entry_is_refused_by_name(api: ApiClient) -> None:
    answer = register(api, platform="android", token=secrets.token_urlsafe(3_000))
    assert (answer.status, answer.body["details"][0]["field"]) == (400, "token")


def test_the_stalest_gives_way_to_the_fifty_first(database: Database, ada: Person, clock: FakeClock) -> None:
    devices = Devices(database, Postman, clock)
    stated = {"channel": "mobile_push", "platform": "ios"}
    for number in range(MOST_DEVICES):
        devices.register(ada.id, {**stated, "token": f"{number:064x}"})
        clock.advance(seconds=1)
    devices.register(ada.id, {**stated, "token": f"{0:064x}"})
    clock.advance(seconds=1)
    newest = devices.register(ada.id, {**stated, "token": "f" * 64})
    kept = {row["token"] for row in stored(database)}
    assert len(kept) == MOST_DEVICES
    assert f"{1:064x}" not in kept
    assert f"{0:064x}" in kept
    listed = devices.all_of(ada.id)
    assert listed[0].id == newest.id
    assert listed[0].last_seen_at - listed[1].last_seen_at == timedelta(seconds=1)


def test_a_device_is_forgotten_once(api: ApiClient) -> None:
    id_ = register(api).body["device"]["id"]
    assert api.delete(f"/v1/devices/{id_}").body == {"id": id_}
    assert api.delete(f"/v1/devices/{id_}").status == 404


@pytest.fixture
def with_queues(sandbox: Sandbox, queues: Queues) -> Queues:
    sandbox.provide(wiring.queues, queues)
    return queues


def end(database: Database, status: str, error: str | None = None) -> None:
    with database.transaction() as connection:
        connection.execute(
            text("update notification_deliveries set status = :status, error = :error"),
            {"status": status, "error": error},
        )


def test_a_test_is_one_push_to_all_phones_and_in_no_inbox(
    api: ApiClient, database: Database, with_queues: Queues
) -> None:
    register(api)
    answer = api.post("/v1/devices/test")
    assert answer.status == 202
    assert [each.body for each in take(with_queues, "mobile_push")] == [answer.body["delivery_id"]]
    assert api.get("/v1/notifications").body["notifications"] == []
    last = api.get("/v1/devices").body["last_test"]
    assert (last["status"], last["error"]) == ("pending", None)
    end(database, "skipped", "no_live_device")
    last = api.get("/v1/devices").body["last_test"]
    assert (last["status"], last["error"]) == ("skipped", "no_live_device")


def test_without_a_phone_there_is_nothing_to_test(api: ApiClient, bo: Person, with_queues: Queues) -> None:
    register(ApiClient(bearer=signed_in(bo)))
    assert api.post("/v1/devices/test").status == 404
    assert take(with_queues, "mobile_push") == []
    assert api.get("/v1/devices").body == {"devices": [], "last_test": None}


def test_tests_follow_each_other_at_leisure_and_are_counted_by_the_day(
    api: ApiClient, bo: Person, database: Database, with_queues: Queues
) -> None:
    register(api)
    for _ in range(MOST_TESTS_A_DAY):
        assert api.post("/v1/devices/test").status == 202
        assert api.post("/v1/devices/test").status == 429
        with database.transaction() as connection:
            connection.execute(text("update notifications set created_at = created_at - interval '11 seconds'"))
    assert api.post("/v1/devices/test").status == 429
    theirs = ApiClient(bearer=signed_in(bo))
    register(theirs, token="cd" * 32)
    assert theirs.post("/v1/devices/test").status == 202
    assert len(take(with_queues, "mobile_push")) == MOST_TESTS_A_DAY + 1


def test_nobody_sends_a_test_without_signing_in(nobody: ApiClient) -> None:
    assert nobody.post("/v1/devices/test").status == 401
