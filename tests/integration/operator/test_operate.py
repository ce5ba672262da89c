"""The dead letters an operator looks at and drives again, through the function as the topology wires it."""

import json
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from functions import enqueue, operate
from owlpost.domain.errors import InvalidRequest, NotFound
from owlpost.queue_messages import Message
from tests.support.people import add_person
from tests.support.queue_reading import take
from tests.support.stage import Stage
from tests.support.wired import Context, Wired, sqs_event


@pytest.fixture(autouse=True)
def operating(wired: Wired) -> None:
    wired.as_function("operate", RESEND_API_KEY="re_test")


def answer(command: str, **arguments: object) -> Any:
    return json.loads(json.dumps(operate.handler({"command": command, **arguments}, Context())))


def request_to(stage: Stage, **changes: object) -> dict[str, object]:
    with stage.database.transaction() as connection:
        somebody = add_person(connection)
    recipients = {"user_ids": [str(somebody.id)]}
    return {"type": "feedback.new", "recipients": recipients, "title": "Hello", **changes}


def enqueue_what_waits(stage: Stage) -> None:
    messages = take(stage.queues, "requests")
    enqueue.handler(sqs_event("requests", messages), Context())
    stage.queues.delete("requests", [message.receipt_handle for message in messages])


def receipts(stage: Stage) -> int:
    with stage.database.transaction() as connection:
        number: int = connection.execute(text("select count(*) from notification_requests")).scalar_one()
        return number


def test_dead_letters_are_shown_with_their_errors_and_stay_where_they_are(stage: Stage) -> None:
    for number in range(12):
        stage.queues.send(
            "email-dlq", [Message(f"letter {number}", attributes={"error": "deadline_exceeded: timeout"})]
        )
    for _ in range(2):
        page = answer("dead_letters", queue="email")
        assert page["waiting"] == 12
        assert {each["body"] for each in page["messages"]} == {f"letter {number}" for number in range(12)}
        assert {each["error"] for each in page["messages"]} == {"deadline_exceeded: timeout"}
    assert len(answer("dead_letters", queue="email-dlq", limit=5)["messages"]) == 5
    assert len(take(stage.queues, "email-dlq")) == 12


def test_a_queue_that_does_not_exist_is_refused_by_the_names_of_those_that_do() -> None:
    with pytest.raises(InvalidRequest, match="email, mobile_push, requests"):
        answer("dead_letters", queue="fax")


def test_a_dead_request_is_taken_once_its_cause_is_mended(stage: Stage) -> None:
    stage.queues.send("requests-dlq", [Message(json.dumps(request_to(stage)))])
    dry = answer("redrive_requests", dry_run=True)
    assert (dry["resubmitted"], dry["by_error"]) == (0, {"received too often": 1})
    assert receipts(stage) == 0
    assert answer("redrive_requests")["resubmitted"] == 1
    enqueue_what_waits(stage)
    assert receipts(stage) == 1
    assert take(stage.queues, "requests-dlq") == []


def test_a_request_that_is_still_at_fault_comes_back_as_a_dead_letter(stage: Stage) -> None:
    bodies = [json.dumps(request_to(stage, title="")), "no JSON"]
    stage.queues.send("requests-dlq", [Message(body, attributes={"error": "title: …"}) for body in bodies])
    assert answer("redrive_requests")["resubmitted"] == 2
    enqueue_what_waits(stage)
    errors = sorted(each["error"] for each in answer("dead_letters", queue="requests")["messages"])
    assert [error.split(":")[0] for error in errors] == ["request", "title"]
    assert receipts(stage) == 0


def test_a_redrive_of_requests_that_broke_off_between_send_and_delete_tells_nobody_twice(stage: Stage) -> None:
    stage.queues.send("requests-dlq", [Message(json.dumps(request_to(stage)))])
    (dead,) = stage.queues.receive("requests-dlq", limit=1)
    stage.queues.postpone("requests-dlq", {dead.receipt_handle: 0})
    assert answer("redrive_requests")["resubmitted"] == 1
    (resent,) = take(stage.queues, "requests")
    stage.queues.send("requests", [Message(resent.body)])
    stage.queues.postpone("requests", {resent.receipt_handle: 0})
    enqueue_what_waits(stage)
    assert receipts(stage) == 1


def test_a_dead_request_that_had_been_stored_after_all_is_only_removed(stage: Stage) -> None:
    stage.queues.send("requests", [Message(json.dumps(request_to(stage)))])
    (message,) = take(stage.queues, "requests")
    enqueue.handler(sqs_event("requests", [message]), Context())
    stage.queues.send("requests-dlq", [Message(message.body)])
    (dead,) = stage.queues.receive("requests-dlq", limit=1)
    stage.queues.postpone("requests-dlq", {dead.receipt_handle: 0})
    # SQS keeps a message's id when it moves it; the emulated one cannot be told to.
    stage.change("update notification_requests set idempotency_key = :id", id=dead.id)
    done = answer("redrive_requests")
    assert (done["resubmitted"], done["stored"]) == (0, 1)
    assert receipts(stage) == 1


def test_a_producers_own_key_is_kept(stage: Stage) -> None:
    body = json.dumps(request_to(stage, idempotency_key="feedback:1"))
    stage.queues.send("requests-dlq", [Message(body)])
    answer("redrive_requests")
    (message,) = take(stage.queues, "requests")
    assert message.body == body


def test_deliveries_are_listed_newest_first_with_what_an_operator_needs(stage: Stage) -> None:
    first, second = stage.tell(2)
    stage.deliver([first])
    listed = answer("deliveries", channel="email")
    assert [UUID(each["id"]) for each in listed] == [second, first]
    assert [each["status"] for each in listed] == ["pending", "sent"]
    assert listed[0]["recipient"].endswith("@people.example")
    assert listed[0]["attempts"] == 0


@pytest.mark.parametrize(
    ("asked_for", "number"),
    [
        ({"status": "pending"}, 4),
        ({"status": "sent", "channel": "in_app"}, 2),
        ({"channel": "email", "type": "issue.new"}, 0),
        ({"error": "validation_error"}, 0),
        ({"limit": 1}, 1),
        ({"since": "2001-01-01T00:00:00Z"}, 6),
        ({"until": "2001-01-01T00:00:00Z"}, 0),
        ({"user": "nobody@people.example"}, 0),
        ({"user": str(uuid4())}, 0),
        ({"request_id": str(uuid4())}, 0),
    ],
)
def test_deliveries_are_listed_by_what_is_asked_for(stage: Stage, asked_for: dict[str, object], number: int) -> None:
    stage.tell(2)
    assert len(answer("deliveries", **asked_for)) == number


def test_deliveries_of_a_person_are_found_by_address_by_id_and_by_request(stage: Stage) -> None:
    stage.tell(2)
    someones = answer("deliveries")[0]
    for asked_for in ({"user": someones["recipient"].upper()}, {"user": someones["user_id"]}):
        found = answer("deliveries", **asked_for)
        assert {each["notification_id"] for each in found} == {someones["notification_id"]}
        assert len(found) == 3
    assert len(answer("deliveries", request_id=someones["request_id"])) == 6


def test_the_keys_that_explain_knows_of_are_those_the_function_was_given(stage: Stage) -> None:
    with stage.database.transaction() as connection:
        somebody = add_person(connection, device="token")
    channels = {
        each["channel"]: each for each in answer("explain_person", user=somebody.email, type="feedback.new")["channels"]
    }
    assert "printed" not in channels["email"]["explanation"]
    assert channels["mobile_push"]["rule"] == "no_apns_key"


@pytest.mark.parametrize(
    ("event", "field"),
    [
        ({}, "command"),
        ({"command": "drop"}, "command"),
        ({"command": "deliveries", "limit": 0}, "limit"),
        ({"command": "deliveries", "status": "lost"}, "status"),
        ({"command": "redrive", "since": "2026-01-01T00:00:00"}, "since"),
        ({"command": "explain_delivery", "delivery_id": "12"}, "delivery_id"),
        ("redrive", "command"),
    ],
)
def test_what_is_not_a_command_is_refused_by_the_field(event: Any, field: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        operate.handler(event, Context())
    assert refused.value.field == field


def test_a_delivery_that_is_not_there_is_not_found() -> None:
    with pytest.raises(NotFound):
        answer("explain_delivery", delivery_id=str(uuid4()))
