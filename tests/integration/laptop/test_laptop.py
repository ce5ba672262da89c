"""The whole laptop, from a producer's boto3 call to what the fake providers accepted."""

import json
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import boto3
import pytest

from infra.cli.target import laptop_client
from infra.local.laptop.laptop import Laptop
from infra.local.postgres.postmaster import wait_until
from infra.local.providers.ledger import Ledger
from owlpost.auth import Session, Tokens
from owlpost.client import LambdaTransport
from owlpost.db.session import Database
from tests.support.laptops import running, stored_by
from tests.support.people import Person, add_person, add_team

ENDED = 60  # seconds: workers start cold, and mail waits some seconds to fill its batches


@pytest.fixture(scope="module")
def laptop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Laptop]:
    yield from running(tmp_path_factory)


@pytest.fixture(scope="module")
def state(laptop: Laptop) -> dict[str, Any]:
    return laptop.state()


@pytest.fixture(scope="module")
def database(laptop: Laptop) -> Iterator[Database]:
    yield from stored_by(laptop)


@pytest.fixture
def ada(database: Database) -> Person:
    with database.transaction() as connection:
        return add_person(connection, device=uuid4().hex * 2)


def request_to(person: Person, **changes: object) -> dict[str, Any]:
    return {
        "type": "feedback.new",
        "recipients": {"user_ids": [str(person.id)]},
        "title": "New feedback in R&D",
        "body": "Someone: <b>love it</b>",
        "link": "/dashboard/feedback/1",
        "data": {"project_id": "p1"},
        **changes,
    }


def mailbox(state: dict[str, Any]) -> list[dict[str, Any]]:
    with urllib.request.urlopen(state["mailbox"] + "/messages.json?limit=5000") as answer:
        messages: list[dict[str, Any]] = json.load(answer)["messages"]
        return messages


def pending(database: Database) -> int:
    with database.transaction() as connection:
        found = connection.exec_driver_sql("select count(*) from notification_deliveries where status = 'pending'")
        return int(found.scalar_one())


def test_one_call_travels_the_whole_way_to_the_mailbox(state: dict[str, Any], database: Database, ada: Person) -> None:
    answer = LambdaTransport(laptop_client(state), "owlpost-enqueue").send(request_to(ada), correlation_id="laptop")
    assert answer.deliveries == {"in_app": 1, "email": 1, "mobile_push": 1}
    assert wait_until(lambda: pending(database) == 0, seconds=ENDED)
    push, mail = sorted(
        (each for each in mailbox(state) if "New feedback in R&D" in (each.get("subject"), each.get("title"))),
        key=lambda each: each["channel"],
        reverse=True,
    )
    assert mail["to"] == ada.email
    assert "&lt;b&gt;love it&lt;/b&gt;" in mail["html"]
    assert "Someone: <b>love it</b>" in mail["text"]
    assert push["headers"]["apns-collapse-id"] == push["payload"]["notification_id"] == str(answer.notification_ids[0])
    assert push["payload"]["aps"]["badge"] == 1
    assert push["payload"]["data"] == {"project_id": "p1"}
    assert {"channel", "to", "title", "text", "headers", "payload", "at"} <= set(push)


@pytest.mark.parametrize("function", ["enqueue", "deliver-email", "deliver-mobile_push"])
def test_the_log_of_every_function_on_the_way_bears_the_producers_id(
    laptop: Laptop, state: dict[str, Any], ada: Person, function: str
) -> None:
    called = f"laptop-{uuid4()}"
    LambdaTransport(laptop_client(state), "owlpost-enqueue").send(request_to(ada), correlation_id=called)
    log = laptop.engine.sandboxes.log(function)
    assert wait_until(lambda: log.exists() and called in log.read_text(), seconds=ENDED)


def test_the_same_request_by_invoke_and_by_sqs_tells_once(
    state: dict[str, Any], database: Database, ada: Person
) -> None:
    body = request_to(ada, idempotency_key=f"key:{ada.id}")
    LambdaTransport(laptop_client(state), "owlpost-enqueue").send(body, correlation_id="laptop")
    sqs = boto3.Session("laptop", "laptop", region_name="us-east-1").client("sqs", endpoint_url=state["sqs"])
    other = request_to(ada, idempotency_key=f"other:{ada.id}", title="The second")
    for each in (body, other, other):
        sqs.send_message(QueueUrl=state["queues"]["requests"], MessageBody=json.dumps(each))
    LambdaTransport(laptop_client(state), "owlpost-enqueue").send(other, correlation_id="laptop")

    def told() -> list[str]:
        with database.transaction() as connection:
            return list(
                connection.exec_driver_sql(
                    "select title from notifications where user_id = %s order by title", (str(ada.id),)
                ).scalars()
            )

    assert wait_until(lambda: len(told()) >= 2 and pending(database) == 0, seconds=ENDED)
    assert told() == ["New feedback in R&D", "The second"]


def test_a_poison_message_ends_as_a_dead_letter_with_its_reason(state: dict[str, Any]) -> None:
    sqs = boto3.Session("laptop", "laptop", region_name="us-east-1").client("sqs", endpoint_url=state["sqs"])
    sqs.send_message(QueueUrl=state["queues"]["requests"], MessageBody="[1, 2]")
    letters: list[Any] = []

    def arrived() -> bool:
        letters.extend(
            sqs.receive_message(
                QueueUrl=state["queues"]["requests-dlq"], MessageAttributeNames=["All"], WaitTimeSeconds=1
            ).get("Messages", [])
        )
        return bool(letters)

    assert wait_until(arrived, seconds=ENDED)
    assert letters[0]["Body"] == "[1, 2]"
    assert letters[0]["MessageAttributes"]["error"]["StringValue"] == "request: must be a JSON object"


def test_a_thousand_mails_that_arrive_together_take_at_most_twelve_calls(
    laptop: Laptop, state: dict[str, Any], database: Database
) -> None:
    team_id = add_team(database, members=1_000)
    began = (datetime.now(UTC) - timedelta(seconds=1)).isoformat()
    body = {"type": "issue.digest", "recipients": {"team_id": str(team_id)}, "title": "3 issues in Pocket Atlas"}
    assert LambdaTransport(laptop_client(state), "owlpost-enqueue").send(body, correlation_id="laptop").deliveries == {
        "email": 1_000
    }
    assert wait_until(lambda: pending(database) == 0, seconds=ENDED)
    with database.transaction() as connection:
        calls, sent = connection.exec_driver_sql(
            "select count(distinct batch_id), count(*) from notification_deliveries"
            " where channel = 'email' and status = 'sent' and created_at > %s",
            (began,),
        ).one()
    assert sent == 1_000
    assert calls <= 12
    ledger = Ledger(laptop.data_dir / "providers" / "ledger.sqlite")
    try:
        assert ledger.duplicates()["email"] == []
    finally:
        ledger.close()


def test_a_bounce_told_by_the_provider_suppresses_the_address(
    state: dict[str, Any], database: Database, ada: Person
) -> None:
    LambdaTransport(laptop_client(state), "owlpost-enqueue").send(
        request_to(ada, title="It will bounce"), correlation_id="laptop"
    )
    assert wait_until(lambda: pending(database) == 0, seconds=ENDED)
    order = json.dumps({"event": "bounced", "to": ada.email}).encode()
    with urllib.request.urlopen(urllib.request.Request(state["mailbox"] + "/webhooks", data=order, method="POST")):
        pass

    def told() -> list[Any]:
        with database.transaction() as connection:
            found = connection.exec_driver_sql(
                "select s.reason from email_suppressions s join notification_deliveries d on lower(d.address) = s.address"
                " where s.address = %s and d.attempt_metadata #>> '{provider_events,bounced,message}' <> ''",
                (ada.email.lower(),),
            )
            return list(found.scalars())

    assert wait_until(lambda: told() == ["bounced"], seconds=ENDED)


@pytest.mark.takes_long("mail and push are sent first, and the icon is corrected some seconds after the reading")
def test_what_is_read_in_the_browser_leaves_the_icon_of_the_phone(
    laptop: Laptop, state: dict[str, Any], database: Database, ada: Person
) -> None:
    answer = LambdaTransport(laptop_client(state), "owlpost-enqueue").send(request_to(ada), correlation_id="laptop")
    assert wait_until(lambda: pending(database) == 0, seconds=ENDED)
    key = (laptop.data_dir / "secrets" / "JWT_KEYS").read_text(encoding="utf-8")
    session = Tokens([key]).issue(Session.begin(ada.id, ada.email, now=datetime.now(UTC)))
    read = urllib.request.Request(
        f"{state['api']}/v1/notifications/{answer.notification_ids[0]}",
        data=b"{}",
        headers={"authorization": f"Bearer {session}", "content-type": "application/json"},
        method="PATCH",
    )
    with urllib.request.urlopen(read) as answered:
        assert json.load(answered)["unread_count"] == 0
    with database.transaction() as connection:
        found = connection.exec_driver_sql("select token from user_devices where user_id = %s", (str(ada.id),))
        token = found.scalar_one()

    def icons() -> list[Any]:
        return [each["payload"] for each in mailbox(state) if each["channel"] == "badge" and each["to"] == token]

    assert wait_until(lambda: icons() == [{"aps": {"badge": 0}}], seconds=ENDED)


def test_any_function_can_be_invoked_and_a_refusal_names_the_field(state: dict[str, Any]) -> None:
    client = laptop_client(state)
    for name in ("owlpost-sweep", "owlpost-cleanup", "owlpost-migrate"):
        assert "FunctionError" not in client.invoke(FunctionName=name, Payload=b"{}")
    refused = client.invoke(FunctionName="owlpost-enqueue", Payload=json.dumps({"type": "team.invitation"}).encode())
    assert refused["FunctionError"] == "Unhandled"
    assert json.loads(refused["Payload"].read())["errorType"] == "InvalidRequest"


@pytest.mark.takes_long("starts a whole laptop twice")
def test_starting_again_on_the_same_folder_finds_the_data_and_a_kept_port(tmp_path: Path) -> None:
    with Laptop(tmp_path) as first:
        port, database = first.port, first.database()
        with database.transaction() as connection:
            person = add_person(connection)
        database.close()
    with Laptop(tmp_path) as second:
        assert second.port == port
        answer = LambdaTransport(laptop_client(second.state()), "owlpost-enqueue").send(
            request_to(person), correlation_id="laptop"
        )
        assert answer.notifications == 1
