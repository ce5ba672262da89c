"""The dead letters an operator looks at and drives again, through the function as the topology wires it."""

import json
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from functions import enqueue, operate
from owlpost.domain.queue_names import queue_names
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


def error(command: str, **arguments: object) -> tuple[str, str]:
    """Return kind and message of the error that the command is answered with."""
    found = answer(command, **arguments)["error"]
    return found["kind"], found["message"]


def request_to(stage: Stage, **changes: object) -> dict[str, object]:
    with stage.database.transaction() as connection:
        somebody = add_person(connection)
    recipients = {"user_ids": [str(somebody.id)]}
    return {"type": "feedback.new", "recipients": recipients, "title": "Hello", **changes}


def enqueue_what_waits(stage: Stage, wired: Wired) -> None:
    """As the function that does it, then operate again."""
    messages = take(stage.queues, "requests")
    wired.as_function("enqueue")
    enqueue.handler(sqs_event("requests", messages), Context())
    wired.as_function("operate")
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


def test_a_queue_that_does_not_exist_is_answered_with_the_names_of_those_that_do() -> None:
    kind, message = error("dead_letters", queue="emial")
    assert kind == "not_found"
    assert ", ".join(sorted(queue_names())) in message
    assert "did you mean email?" in message


def test_a_dead_request_is_taken_once_its_cause_is_mended(stage: Stage, wired: Wired) -> None:
    stage.queues.send("requests-dlq", [Message(json.dumps(request_to(stage)))])
    dry = answer("redrive_requests", dry_run=True)
    assert (dry["resubmitted"], dry["by_error"]) == (0, {"received too often": 1})
    assert receipts(stage) == 0
    assert answer("redrive_requests")["resubmitted"] == 1
    enqueue_what_waits(stage, wired)
    assert receipts(stage) == 1
    assert take(stage.queues, "requests-dlq") == []


def test_a_request_that_is_still_at_fault_comes_back_as_a_dead_letter(stage: Stage, wired: Wired) -> None:
    bodies = [json.dumps(request_to(stage, title="")), "no JSON"]
    stage.queues.send("requests-dlq", [Message(body, attributes={"error": "title: …"}) for body in bodies])
    assert answer("redrive_requests")["resubmitted"] == 2
    enqueue_what_waits(stage, wired)
    errors = sorted(each["error"] for each in answer("dead_letters", queue="requests")["messages"])
    assert [error.split(":")[0] for error in errors] == ["request", "title"]
    assert receipts(stage) == 0


def test_a_redrive_of_requests_that_broke_off_between_send_and_delete_tells_nobody_twice(
    stage: Stage, wired: Wired
) -> None:
    stage.queues.send("requests-dlq", [Message(json.dumps(request_to(stage)))])
    (dead,) = stage.queues.receive("requests-dlq", limit=1)
    stage.queues.postpone("requests-dlq", {dead.receipt_handle: 0})
    assert answer("redrive_requests")["resubmitted"] == 1
    (resent,) = take(stage.queues, "requests")
    stage.queues.send("requests", [Message(resent.body)])
    stage.queues.postpone("requests", {resent.receipt_handle: 0})
    enqueue_what_waits(stage, wired)
    assert receipts(stage) == 1


def test_a_dead_request_that_had_been_stored_after_all_is_only_removed(stage: Stage, wired: Wired) -> None:
    stage.queues.send("requests", [Message(json.dumps(request_to(stage)))])
    (message,) = take(stage.queues, "requests")
    wired.as_function("enqueue")
    enqueue.handler(sqs_event("requests", [message]), Context())
    wired.as_function("operate")
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
    found = operate.handler(event, Context())["error"]
    assert (found["kind"], found["field"]) == ("invalid_request", field)


def test_a_delivery_that_is_not_there_is_not_found() -> None:
    kind, message = error("explain_delivery", delivery_id=str(uuid4()))
    assert kind == "not_found"
    assert "no delivery has the id" in message


@pytest.mark.parametrize(
    ("command", "arguments", "suggestion"),
    [
        ("deliveries", {"channel": "emial"}, "did you mean email?"),
        ("deliveries", {"type": "feedback.nwe"}, "did you mean feedback.new"),
        ("deliveries", {"user": "adda@people.example"}, "did you mean ada@people.example?"),
        ("deliveries", {"user": str(uuid4())}, "there is no person"),
        ("redrive", {"channel": "emial"}, "did you mean email?"),
        ("redrive", {"type": "feedback.nwe", "dry_run": True}, "did you mean feedback.new"),
        ("redrive", {"delivery_ids": [str(uuid4())]}, "no delivery has the id"),
        ("explain_person", {"user": "ada@people.example", "type": "feedback.nwe"}, "did you mean feedback.new"),
        ("explain_person", {"user": "adda@people.example", "type": "feedback.new"}, "did you mean ada@people.example?"),
        ("release", {"address": "nobody@people.example"}, "is not suppressed"),
    ],
)
def test_an_unknown_name_is_not_found_and_a_similar_one_is_suggested(
    stage: Stage, command: str, arguments: dict[str, object], suggestion: str
) -> None:
    with stage.database.transaction() as connection:
        add_person(connection, email="ada@people.example")
    kind, message = error(command, **arguments)
    assert kind == "not_found"
    assert suggestion in message


def test_rows_of_a_type_that_has_left_the_registry_are_still_listed(stage: Stage) -> None:
    stage.tell()
    stage.change("update notifications set type = 'fax.new'")
    assert len(answer("deliveries", type="fax.new")) == 3


def test_a_redrive_says_of_each_named_delivery_why_it_is_not_driven(stage: Stage) -> None:
    pending, skipped, sent = stage.tell(3)
    stage.change("update notification_deliveries set status = 'skipped', error = 'read' where id = :id", id=skipped)
    stage.deliver([sent])
    ids = [str(each) for each in (pending, skipped, sent, uuid4())]
    for dry_run in (True, False):
        found = answer("redrive", delivery_ids=ids, dry_run=dry_run)
        assert found["refused"] == {"pending": 1, "skipped": 1, "sent": 1, "unknown_id": 1}
        assert found["redriven"] == 0


def test_while_the_database_is_away_the_operator_is_told_so(wired: Wired) -> None:
    wired.environment["DATABASE_PORT"] = "1"
    wired.monkeypatch.setenv("DATABASE_PORT", "1")
    kind, message = error("deliveries")
    assert kind == "unavailable"
    assert "the database does not answer" in message


def test_large_dead_letters_are_listed_by_excerpt_and_shown_whole(stage: Stage) -> None:
    body = json.dumps({"title": "x" * 200_000})
    for _ in range(40):
        stage.queues.send("requests-dlq", [Message(body, attributes={"error": "title: is too long"})])
    page = answer("dead_letters", queue="requests")
    assert len(json.dumps(page)) < 100_000
    assert page["by_error"] == {"title: is too long": 40}
    assert {each["size"] for each in page["messages"]} == {len(body)}
    assert answer("dead_letter", queue="requests", id=page["messages"][7]["id"])["body"] == body
    assert error("dead_letter", queue="requests", id="none")[0] == "not_found"


def test_dead_letters_are_saved_whole_in_answers_that_lambda_can_carry(stage: Stage) -> None:
    bodies = {f"{number}:" + "x" * 200_000 for number in range(11)}
    for body in bodies:
        stage.queues.send("requests-dlq", [Message(body)])
    saved: list[str] = []
    while messages := answer("save_dead_letters", queue="requests")["messages"]:
        assert sum(each["size"] for each in messages) < 1_000_000
        saved.extend(each["body"] for each in messages)
    assert len(saved) == len(bodies)
    assert set(saved) == bodies


def test_dead_letters_are_discarded_by_id_or_error_and_others_stay(stage: Stage) -> None:
    for error_, number in {"title: must not be blank": 2, "type: is unknown": 3, "body: is too long": 1}.items():
        stage.queues.send("requests-dlq", [Message("{}", attributes={"error": error_})] * number)
    assert error("discard_dead_letters", queue="requests")[0] == "invalid_request"
    assert answer("discard_dead_letters", queue="requests", error="type", dry_run=True)["discarded"] == 3
    assert answer("discard_dead_letters", queue="requests", error="type")["by_error"] == {"type: is unknown": 3}
    (letter, *_) = answer("dead_letters", queue="requests")["messages"]
    assert answer("discard_dead_letters", queue="requests", ids=[letter["id"]])["discarded"] == 1
    assert error("discard_dead_letters", queue="requests", error="type")[0] == "not_found"
    assert len(take(stage.queues, "requests-dlq")) == 2


def test_suppressions_come_in_pages_that_leave_nothing_out(stage: Stage) -> None:
    stage.change(
        "insert into email_suppressions (address, reason, created_at)"
        " select 'p' || n || '@people.example', 'bounced', now() - mod(n, 3) * interval '1 hour' from generate_series(1, 25) n"
    )
    seen: list[str] = []
    after = None
    while True:
        page = answer("suppressions", limit=10, after=after)
        assert len(page["suppressions"]) <= 10
        seen.extend(each["address"] for each in page["suppressions"])
        if (after := page["next"]) is None:
            break
    assert sorted(seen) == sorted(f"p{number}@people.example" for number in range(1, 26))
    assert error("suppressions", after="yesterday")[0] == "invalid_request"


def test_security_events_are_listed_since_a_time_newest_first(stage: Stage) -> None:
    stage.change(
        "insert into security_events (kind, actor, created_at)"
        " select 'signed_in', cast(n as text), pg_catalog.now() - n * interval '1 hour' from generate_series(1, 30) n"
    )
    events = answer("security")["events"]
    assert [event["actor"] for event in events] == [str(number) for number in range(1, 24)]
    assert len(answer("security", limit=2)["events"]) == 2
