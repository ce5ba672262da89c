"""The push worker sets the number on icons beside its deliveries, and loses nothing if it cannot."""

import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from functions import deliver
from infra.local.providers.faults import Fault
from infra.local.providers.server import Providers
from owlpost.channels.mobile_push.channel import MobilePush
from owlpost.db.session import Database
from owlpost.domain.channels import NOTIFICATION_CHANNELS
from owlpost.queue_messages import Received
from owlpost.wiring.base import database as wired_database
from owlpost.wiring.deliver import adapter
from tests.integration.delivery.test_statement_counts import statements
from tests.support.people import Person, add_device, add_person
from tests.support.push_stage import section
from tests.support.queue_reading import dead_letter_reasons
from tests.support.stage import Stage
from tests.support.wired import Context, Wired, sqs_event


@pytest.fixture(scope="module")
def providers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Providers]:
    with Providers(tmp_path_factory.mktemp("providers")) as running:
        yield running


@pytest.fixture
def worker(wired: Wired, providers: Providers) -> Iterator[None]:
    wired.as_function("deliver-mobile_push", **section(providers))
    yield
    providers.faults.clear()
    push = adapter(NOTIFICATION_CHANNELS["mobile_push"])
    assert isinstance(push, MobilePush)
    push.close()


def handle(*bodies: object) -> list[str]:
    """The bodies of the messages that are to come back."""
    messages = [Received(str(number), str(body), "no handle") for number, body in enumerate(bodies)]
    failed = deliver.handler(sqs_event("mobile_push", messages), Context())["batchItemFailures"]
    return [str(bodies[int(each["itemIdentifier"])]) for each in failed]


def badge_of(person: Person) -> str:
    return json.dumps({"badge_of": str(person.id)})


@pytest.fixture
def ada(database: Database) -> Person:
    """Has an iPhone, one that runs a build of our own, and an Android phone; three notifications, one of them read."""
    with database.transaction() as connection:
        person = add_person(connection, device=uuid4().hex * 2)
        add_device(connection, person, token=uuid4().hex * 2, environment="sandbox")
        add_device(connection, person, token=f"fcm:{uuid4().hex}", platform="android")
        connection.execute(
            text("""
                insert into notifications (user_id, type, title, request_id, read_at)
                values (:id, 'feedback.new', 'One', owlpost_uuid7(), null), (:id, 'feedback.new', 'Two', owlpost_uuid7(), null),
                       (:id, 'feedback.new', 'Three', owlpost_uuid7(), now())
            """),
            {"id": person.id},
        )
    return person


def tokens(database: Database, person: Person, platform: str = "ios") -> set[str]:
    with database.transaction() as connection:
        rows = connection.execute(
            text("select token from user_devices where user_id = :id and platform = :platform"),
            {"id": person.id, "platform": platform},
        )
        return set(rows.scalars())


def shown(providers: Providers, recipients: set[str]) -> list[dict[str, Any]]:
    return [row for row in providers.ledger.accepted() if row["recipient"] in recipients]


@pytest.mark.usefixtures("worker")
def test_every_iphone_of_the_person_gets_the_count_and_nothing_else(
    providers: Providers, database: Database, ada: Person
) -> None:
    assert handle(badge_of(ada)) == []
    rows = shown(providers, tokens(database, ada))
    assert {row["recipient"] for row in rows} == tokens(database, ada)
    assert [row["payload"] for row in rows] == [{"aps": {"badge": 2}}] * 2
    for row in rows:
        assert row["headers"]["apns-push-type"] == "alert"
        assert row["headers"]["apns-priority"] == "5"
        assert row["headers"]["apns-collapse-id"] == "badge"
    assert shown(providers, tokens(database, ada, "android")) == []
    with database.transaction() as connection:
        assert connection.exec_driver_sql("select count(*) from notification_deliveries").scalar_one() == 0


@pytest.mark.usefixtures("worker")
def test_several_requests_for_one_person_are_one_update(providers: Providers, database: Database, ada: Person) -> None:
    assert handle(badge_of(ada), badge_of(ada)) == []
    assert len(shown(providers, tokens(database, ada))) == 2


@pytest.mark.usefixtures("worker")
def test_deliveries_of_the_same_batch_are_sent_and_take_two_statements_as_ever(
    stage: Stage, providers: Providers, database: Database, ada: Person
) -> None:
    (delivery_id,) = stage.tell(channel="mobile_push", device=uuid4().hex * 2)
    stage.change("update user_devices set token = substr(token, 1, 64)")
    with statements(wired_database()) as seen:
        assert handle(badge_of(ada), delivery_id) == []
    assert stage.row(delivery_id)["status"] == "sent"
    assert len(shown(providers, tokens(database, ada))) == 2
    assert len(seen) == 2 + 1


@pytest.mark.usefixtures("worker")
@pytest.mark.parametrize("fault", ["down", "error_503", "rate_limit", "dead_token", "expired_provider_token"])
def test_a_badge_that_cannot_be_set_is_let_go(
    stage: Stage, providers: Providers, database: Database, ada: Person, fault: str
) -> None:
    providers.faults.add(Fault(provider="apns", fault=fault))
    assert handle(badge_of(ada)) == []
    assert shown(providers, tokens(database, ada)) == []
    assert len(tokens(database, ada)) == 2
    assert dead_letter_reasons(stage.queues, "mobile_push") == []


@pytest.mark.usefixtures("worker")
def test_a_badge_of_somebody_who_is_gone_or_has_no_phone_is_let_go(database: Database) -> None:
    with database.transaction() as connection:
        somebody = add_person(connection)
    assert handle(badge_of(somebody), json.dumps({"badge_of": str(uuid4())})) == []


def test_without_an_apns_key_there_is_nothing_to_set(wired: Wired, ada: Person) -> None:
    wired.as_function("deliver-mobile_push")
    assert handle(badge_of(ada)) == []


@pytest.mark.usefixtures("worker")
@pytest.mark.parametrize("body", ['{"badge_of": "ada"}', '{"badge_of": null}', "{}", '{"badge": 1}', "{"])
def test_what_is_neither_a_delivery_nor_a_badge_is_a_dead_letter(stage: Stage, body: str) -> None:
    assert handle(body) == []
    assert dead_letter_reasons(stage.queues, "mobile_push") == ["the message is not a delivery id"]


def test_a_channel_without_icons_takes_no_badges(stage: Stage, wired: Wired) -> None:
    wired.as_function("deliver-email")
    body = json.dumps({"badge_of": str(UUID(int=1))})
    deliver.handler(sqs_event("email", [Received("1", body, "no handle")]), Context())
    assert dead_letter_reasons(stage.queues, "email") == ["the message is not a delivery id"]
