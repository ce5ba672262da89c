"""A person connects, tests, switches and removes where they are reached, and nobody else's."""

import json
from collections.abc import Iterator
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from standardwebhooks.webhooks import Webhook

from owlpost.db.session import Database
from owlpost.domain.channels import NOTIFICATION_CHANNELS
from owlpost.domain.clock import utc_now
from owlpost.domain.destinations import MOST_TESTS_A_DAY
from owlpost.queue import Queues
from owlpost.sandbox import Sandbox
from owlpost.seals import Seals
from owlpost.wiring import api as wiring
from tests.integration.api.conftest import signed_in
from tests.support.api import Answer, ApiClient
from tests.support.optional_channels import switched_on
from tests.support.people import Person
from tests.support.queue_reading import take

KEYS = "the newest key of the seals of these tests,and an older one that opens what it sealed"
URL = "https://hooks.example.com/in/T0K3N"


@pytest.fixture(autouse=True)
def webhook(monkeypatch: pytest.MonkeyPatch, sandbox: Sandbox) -> Iterator[None]:
    monkeypatch.setenv("CHANNELS", "webhook")
    monkeypatch.setenv("DESTINATION_KEYS", KEYS)
    with switched_on("webhook"):
        yield


@pytest.fixture
def with_queues(sandbox: Sandbox, queues: Queues) -> Queues:
    sandbox.provide(wiring.queues, queues)
    return queues


def connect(client: ApiClient, url: str = URL, **changes: object) -> Answer:
    return client.post("/v1/destinations", {"channel": "webhook", "url": url, **changes})


def only(client: ApiClient) -> dict[str, object]:
    [destination] = client.get("/v1/destinations").body["destinations"]
    return dict(destination)


def row(database: Database) -> dict[str, object]:
    with database.transaction() as connection:
        return dict(connection.execute(text("select * from destinations")).mappings().one())


def set_state(database: Database, state: str) -> None:
    with database.transaction() as connection:
        connection.execute(text("update destinations set state = :state"), {"state": state})


def test_what_can_be_connected_is_listed(api: ApiClient) -> None:
    asks = {"field": "url", "label": "URL", "form": "url", "example": "https://"}
    kind = {"kind": "url", "label": "Webhook", "owned_by": "person", "proof": "challenge", "asks": asks}
    kinds = [{**kind, "untold": "", "exclusive": False, "signs": True, "most": 10}]
    body = api.get("/v1/channels").body
    assert body["channels"] == [
        {"channel": "webhook", "label": "Webhook", "reach": "destinations", "kinds": kinds, "public_key": None}
    ]
    types = {each["type"] for each in body["room_types"]}
    assert "feedback.new" in types
    assert "job.completed" not in types


def test_a_destination_is_unverified_and_its_address_never_given_back(api: ApiClient, database: Database) -> None:
    answer = connect(api, label="Our hooks")
    assert answer.status == 201
    destination = answer.body["destination"]
    assert (destination["label"], destination["state"]) == ("Our hooks", "unverified")
    assert only(api) == destination
    shown = json.dumps([answer.body, api.get("/v1/destinations").body])
    assert "T0K3N" not in shown
    stored = json.dumps({name: str(value) for name, value in row(database).items()})
    assert "T0K3N" not in stored
    assert answer.body["secret"] not in stored
    assert answer.body["secret"] not in json.dumps(api.get("/v1/destinations").body)


def test_the_secret_is_one_that_the_specifications_own_library_takes(api: ApiClient) -> None:
    secret = connect(api).body["secret"]
    assert Webhook(secret).sign("msg_1", utc_now(), "{}").startswith("v1,")


def test_what_is_stored_opens_with_the_keys_of_the_installation_alone(api: ApiClient, database: Database) -> None:
    secret, stored = connect(api).body["secret"], row(database)
    opened = Seals(KEYS.split(",")).open(UUID(str(stored["id"])), str(stored["sealed"]))
    assert opened == {"url": URL, "secret": secret}


def test_without_a_label_the_host_is_the_name(api: ApiClient) -> None:
    assert connect(api).body["destination"]["label"] == "hooks.example.com"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"channel": "email"}, "channel"),
        ({"channel": "fax"}, "channel"),
        ({"url": "http://hooks.example.com"}, "url"),
        ({"url": "https://169.254.169.254/latest/meta-data"}, "url"),
        ({"url": "https://owlpost.example/v1/auth/me"}, "url"),
        ({"url": None}, "url"),
        ({"label": 7}, "label"),
    ],
)
def test_what_makes_no_sense_is_refused_by_its_field(api: ApiClient, changes: dict[str, object], field: str) -> None:
    answer = api.post("/v1/destinations", {"channel": "webhook", "url": URL, **changes})
    assert answer.status == 400
    assert [detail["field"] for detail in answer.body["details"]] == [field]
    assert api.get("/v1/destinations").body == {"destinations": []}


def test_one_address_is_connected_once_by_a_person_however_it_is_spelled(api: ApiClient, bo: Person) -> None:
    assert connect(api).status == 201
    assert connect(api, "HTTPS://Hooks.example.com:443/in/T0K3N").status == 409
    assert connect(ApiClient(bearer=signed_in(bo))).status == 201


def test_an_address_that_an_older_key_knows_is_known(
    api: ApiClient, monkeypatch: pytest.MonkeyPatch, sandbox: Sandbox
) -> None:
    connect(api)
    sandbox.close()
    monkeypatch.setenv("DESTINATION_KEYS", f"a key that is newer than all of the others,{KEYS}")
    assert connect(api).status == 409


def test_there_is_room_for_ten_and_one_more_is_refused(api: ApiClient) -> None:
    answers = [connect(api, f"{URL}/{number}").status for number in range(11)]
    assert answers == [201] * 10 + [409]


def test_nobody_sees_changes_tests_or_removes_anothers(api: ApiClient, bo: Person, with_queues: Queues) -> None:
    path = f"/v1/destinations/{connect(api).body['destination']['id']}"
    theirs = ApiClient(bearer=signed_in(bo))
    assert theirs.get("/v1/destinations").body == {"destinations": []}
    answers = [
        theirs.patch(path, {"label": "Mine"}),
        theirs.patch(path, {"state": "off"}),
        theirs.delete(path),
        theirs.post(f"{path}/test"),
        theirs.post(f"{path}/rotate-secret"),
    ]
    assert [answer.status for answer in answers] == [404] * 5
    assert only(api)["label"] == "hooks.example.com"
    assert take(with_queues, "webhook") == []


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_nobody_is_reached_without_signing_in(nobody: ApiClient, method: str) -> None:
    assert nobody.request(method, "/v1/destinations", body={} if method == "POST" else None).status == 401
    assert nobody.get("/v1/channels").status == 401


def test_a_removed_destination_is_gone(api: ApiClient) -> None:
    path = f"/v1/destinations/{connect(api).body['destination']['id']}"
    assert api.delete(path).status == 200
    assert api.get("/v1/destinations").body == {"destinations": []}
    assert api.delete(path).status == 404
    assert connect(api).status == 201


def test_a_verified_one_is_switched_off_and_on_and_renamed(api: ApiClient, database: Database) -> None:
    path = f"/v1/destinations/{connect(api).body['destination']['id']}"
    set_state(database, "live")
    assert api.patch(path, {"state": "off", "label": "Quiet"}).body["destination"]["state"] == "off"
    assert only(api)["label"] == "Quiet"
    assert api.patch(path, {"state": "live"}).body["destination"]["state"] == "live"


@pytest.mark.parametrize("state", ["unverified", "dead"])
def test_one_that_is_not_proven_cannot_be_switched_on_by_hand(api: ApiClient, database: Database, state: str) -> None:
    path = f"/v1/destinations/{connect(api).body['destination']['id']}"
    set_state(database, state)
    assert api.patch(path, {"state": "live"}).status == 409
    assert only(api)["state"] == state
    assert api.patch(path, {"state": "dead"}).status == 400


def test_a_test_is_one_delivery_to_that_destination_and_in_no_inbox(
    api: ApiClient, database: Database, with_queues: Queues
) -> None:
    id_ = connect(api).body["destination"]["id"]
    answer = api.post(f"/v1/destinations/{id_}/test")
    assert answer.status == 202
    assert [message.body for message in take(with_queues, "webhook")] == [answer.body["delivery_id"]]
    with database.transaction() as connection:
        found = connection.execute(
            text("select d.id, d.destination_id, n.in_app from notification_deliveries d join notifications n on true")
        ).one()
    assert (str(found.id), str(found.destination_id), found.in_app) == (answer.body["delivery_id"], id_, False)
    assert api.get("/v1/notifications").body["notifications"] == []
    assert only(api)["test_status"] == "pending"


def test_tests_follow_each_other_at_leisure(api: ApiClient, with_queues: Queues) -> None:
    path = f"/v1/destinations/{connect(api).body['destination']['id']}/test"
    assert [api.post(path).status for _ in range(2)] == [202, 429]
    assert int(api.post(path).headers["retry-after"]) > 0
    assert len(take(with_queues, "webhook")) == 1


@pytest.mark.usefixtures("with_queues")
def test_a_person_tests_so_often_a_day_over_all_of_theirs(api: ApiClient, database: Database) -> None:
    paths = [f"/v1/destinations/{connect(api, f'{URL}/{number}').body['destination']['id']}/test" for number in (1, 2)]

    def rest() -> None:
        with database.transaction() as connection:
            connection.execute(text("update destinations set tested_at = tested_at - interval '11 seconds'"))

    statuses = []
    for number in range(MOST_TESTS_A_DAY + 1):
        statuses.append(api.post(paths[number % 2]).status)
        rest()
    assert statuses == [202] * MOST_TESTS_A_DAY + [429]


def test_a_new_secret_signs_beside_the_former_one(api: ApiClient, database: Database) -> None:
    connected = connect(api).body
    rotated = api.post(f"/v1/destinations/{connected['destination']['id']}/rotate-secret").body
    assert rotated["secret"] != connected["secret"]
    stored = row(database)
    opened = Seals(KEYS.split(",")).open(UUID(str(stored["id"])), str(stored["sealed"]))
    assert (opened["secret"], opened["former_secret"]) == (rotated["secret"], connected["secret"])


@pytest.mark.parametrize("path", ["/v1/destinations/{id}", "/v1/destinations/{id}/test", "/v1/destinations/no-id"])
def test_what_is_not_there_is_not_found(api: ApiClient, path: str) -> None:
    method = "POST" if path.endswith("test") else "DELETE"
    assert api.request(method, path.format(id=uuid4())).status == 404


def test_an_installation_without_the_channel_connects_nothing(
    ada: Person, monkeypatch: pytest.MonkeyPatch, sandbox: Sandbox
) -> None:
    sandbox.close()
    monkeypatch.delenv("CHANNELS")
    del NOTIFICATION_CHANNELS["webhook"]
    client = ApiClient(bearer=signed_in(ada))
    assert client.get("/v1/channels").body["channels"] == []
    assert client.get("/v1/destinations").body == {"destinations": []}
    assert connect(client).status == 400
