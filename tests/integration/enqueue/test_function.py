"""The producers' way in, through the real handler: direct invokes and messages of the requests queue."""

import json
import re
import tracemalloc
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from functions import enqueue
from owlpost.db.session import Database
from owlpost.domain.errors import IdempotencyConflict, InvalidRequest
from owlpost.domain.idempotency import Key
from owlpost.queue import Queues
from owlpost.queue_messages import Message
from tests.support.clock import FakeClock
from tests.support.people import add_person, add_team
from tests.support.queue_reading import dead_letter_reasons, take
from tests.support.services import dispatching
from tests.support.wired import Context, sqs_event

pytestmark = pytest.mark.usefixtures("wired")


@pytest.fixture
def person(database: Database) -> str:
    with database.transaction() as connection:
        return str(add_person(connection).id)


def body(*user_ids: str, **changes: object) -> dict[str, object]:
    return {"type": "feedback.new", "recipients": {"user_ids": list(user_ids)}, "title": "New feedback", **changes}


def invoke(event: object, request_id: str | None = None) -> dict[str, Any]:
    return enqueue.handler(event, Context(request_id))


def receive(queues: Queues, bodies: Sequence[str]) -> dict[str, Any]:
    """Put these on the requests queue and hand what comes out to the function, as Lambda's event source does."""
    queues.send("requests", [Message(each) for each in bodies])
    return enqueue.handler(sqs_event("requests", take(queues, "requests")), Context())


def written(database: Database) -> tuple[int, int]:
    """Receipts and inbox rows."""
    with database.transaction() as connection:
        row = connection.execute(
            text("select (select count(*) from notification_requests), (select count(*) from notifications)")
        ).one()
        return row[0], row[1]


def test_a_direct_invoke_answers_with_what_was_written(database: Database, queues: Queues, person: str) -> None:
    answer = invoke(body(person, str(uuid4())))
    assert json.loads(json.dumps(answer)) == answer
    assert (answer["notifications"], answer["unknown_user_ids"]) == (1, 1)
    assert answer["deliveries"] == {"in_app": 1, "email": 1, "mobile_push": 1}
    assert (answer["duplicate"], answer["continues"]) == (False, False)
    assert written(database) == (1, 1)
    assert len(take(queues, "email")) == len(take(queues, "mobile_push")) == 1


def test_an_empty_audience_writes_nothing_and_says_so(database: Database) -> None:
    answer = invoke(body(str(uuid4())))
    assert answer["notifications"] == 0
    assert "empty" in answer["message"]
    assert written(database) == (0, 0)


TITLE, SEEN_TITLE = "Invoice\u202e fdp.exe \u200b\u00adfor\u00a0\u2066Ada\u2069", "Invoice fdp.exe for Ada"
BODY, SEEN_BODY = "\u2067one\u2028t\u200bwo\r\n\x1b[31mred", "one\ntwo\n[31mred"


@pytest.mark.parametrize("door", ["invoke", "sqs", "outbox"])
def test_text_is_stored_as_people_see_it_whichever_door_it_comes_through(
    database: Database, queues: Queues, person: str, door: str
) -> None:
    for told in (BODY, "\u200b\u3164 \n"):
        request = body(person, title=TITLE, body=told)
        if door == "invoke":
            invoke(request)
        elif door == "sqs":
            receive(queues, [json.dumps(request)])
        else:
            with database.transaction() as connection:
                connection.execute(text("select owlpost_enqueue(cast(:body as jsonb))"), {"body": json.dumps(request)})
            invoke({"drain_outbox": True})
    with database.transaction() as connection:
        rows = connection.execute(text("select title, body from notifications order by id")).all()
    assert [tuple(row) for row in rows] == [(SEEN_TITLE, SEEN_BODY), (SEEN_TITLE, None)]


BAD: list[tuple[dict[str, object], str]] = [
    ({"type": "system.alert"}, "type"),
    ({"type": "team.invitation"}, "type"),
    ({"title": None}, "title"),
    ({"title": "a" * 201}, "title"),
    ({"title": "two\nlines"}, "title"),
    ({"title": "\u200b\u3164\u2800"}, "title"),
    ({"link": "javascript:alert(1)"}, "link"),
    ({"data": {"a": "x" * 70_000}}, "data"),
    ({"data": {"a": "\0"}}, "data.a"),
    ({"recipients": {"user_ids": [str(uuid4())] * 10_001}}, "recipients.user_ids"),
    ({"recipients": {"user_ids": ["nobody"]}}, "recipients.user_ids.0"),
    ({"priority": "high"}, "priority"),
]


def test_bad_input_by_invoke_is_an_error_that_names_the_field_and_writes_nothing(
    database: Database, person: str
) -> None:
    for changes, field in BAD:
        with pytest.raises(InvalidRequest, match=f"^{re.escape(field)}: "):
            invoke({**body(person), **changes})
    for no_object in (None, [], "feedback.new", 7, [body(person)]):
        with pytest.raises(InvalidRequest, match="request: must be a JSON object"):
            invoke(no_object)
    assert written(database) == (0, 0)


def test_a_refused_request_uses_up_no_key(database: Database, person: str) -> None:
    with pytest.raises(InvalidRequest):
        invoke(body(person, title="", idempotency_key="k"))
    assert invoke(body(person, idempotency_key="k"))["duplicate"] is False


def test_the_same_request_twice_by_invoke_writes_once_with_a_key(database: Database, person: str) -> None:
    first, again = (invoke(body(person, idempotency_key="k")) for _ in range(2))
    assert again == {**first, "duplicate": True}
    assert written(database) == (1, 1)


def test_lambdas_own_retry_writes_once_without_a_key(database: Database, person: str) -> None:
    first, again = (invoke(body(person), request_id="8cf6a3a0") for _ in range(2))
    assert again == {**first, "duplicate": True}
    assert invoke(body(person), request_id="another")["duplicate"] is False
    assert written(database) == (2, 2)


def test_a_key_with_another_body_is_refused_and_the_first_stands(database: Database, person: str) -> None:
    invoke(body(person, idempotency_key="k"))
    with pytest.raises(IdempotencyConflict, match="idempotency_key"):
        invoke(body(person, idempotency_key="k", title="Another"))
    assert written(database) == (1, 1)


def test_the_same_request_by_invoke_and_by_sqs_writes_once(database: Database, queues: Queues, person: str) -> None:
    request = body(person, idempotency_key="k", data={"count": 1})
    invoke(request)
    spelled_otherwise = json.dumps(dict(reversed(request.items()))).replace('"count": 1', '"count":1.0')
    assert receive(queues, [spelled_otherwise]) == {"batchItemFailures": []}
    assert dead_letter_reasons(queues, "requests") == []
    assert written(database) == (1, 1)


def test_a_message_that_comes_twice_writes_once_without_a_key(database: Database, queues: Queues, person: str) -> None:
    queues.send("requests", [Message(json.dumps(body(person)))])
    event = sqs_event("requests", take(queues, "requests"))
    for _ in range(2):
        assert enqueue.handler(event, Context()) == {"batchItemFailures": []}
    assert written(database) == (1, 1)
    assert len(take(queues, "email")) == 1


def test_two_messages_with_the_same_body_and_no_key_are_two_requests(
    database: Database, queues: Queues, person: str
) -> None:
    receive(queues, [json.dumps(body(person))] * 2)
    assert written(database) == (2, 2)


def test_poison_goes_to_the_dead_letters_with_its_reason_and_hurts_no_other(
    database: Database, queues: Queues, person: str
) -> None:
    invoke(body(person, idempotency_key="taken"))
    good = json.dumps(body(person, idempotency_key="good"))
    poison = {
        "not json": "request: must be JSON",
        "[]": "request: must be a JSON object",
        json.dumps(body(person, type="system.alert")): "type: is not a known notification type",
        json.dumps(body(person, data={"a": "\0"})): "data.a: must not contain NUL characters",
        json.dumps(body(person, data={"a": "\ud800"})): "data.a: must not contain lone surrogates",
        json.dumps(body(person, **{"\x01": 1})): "\ufffd: extra inputs are not permitted",
        json.dumps(body(person, idempotency_key="taken", title="Another")): (
            "idempotency_key: 'taken' was already used with another body"
        ),
        json.dumps({"continue_request": "x", "chunk": 1}): "continue_request: ",
    }
    assert receive(queues, [*poison, good]) == {"batchItemFailures": []}
    assert written(database) == (2, 2)
    answer = queues.client.receive_message(
        QueueUrl=queues.urls["requests-dlq"], MaxNumberOfMessages=10, MessageAttributeNames=["All"]
    )
    kept = {each["Body"]: each["MessageAttributes"]["error"]["StringValue"] for each in answer["Messages"]}
    assert kept.keys() == poison.keys()
    for each, reason in poison.items():
        assert kept[each].startswith(reason)


def test_a_message_of_costly_shape_is_refused_cheaply_and_its_nine_neighbours_are_told(
    database: Database, queues: Queues, person: str
) -> None:
    """A long key over a long array took 3 GiB once, which Lambda answers by killing the sandbox with the whole batch."""
    costly = json.dumps({**body(person), "data": {"k" * 32_000: [0] * 16_000}})
    receive(queues, [json.dumps(body(person))])  # so that what is built once is not counted
    queues.send("requests", [Message(costly), *(Message(json.dumps(body(person))) for _ in range(9))])
    event = sqs_event("requests", take(queues, "requests"))
    tracemalloc.start()
    answer = enqueue.handler(event, Context())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 20 * 1024 * 1024
    assert answer == {"batchItemFailures": []}
    assert written(database) == (1 + 9, 1 + 9)
    assert dead_letter_reasons(queues, "requests") == ["data: must not have a key of more than 256 characters"]


@pytest.mark.own_database
def test_a_message_that_met_a_fault_of_ours_comes_back_and_the_others_are_done(
    database: Database, queues: Queues, person: str
) -> None:
    with database.transaction() as connection:
        connection.execute(text("alter table notifications add constraint fault check (title <> 'meets a fault')"))
    good, bad = (json.dumps(body(person, title=title)) for title in ("Hello", "meets a fault"))
    queues.send("requests", [Message(bad), Message(good)])
    received = {message.body: message for message in take(queues, "requests")}
    answer = enqueue.handler(sqs_event("requests", received.values()), Context())
    assert answer == {"batchItemFailures": [{"itemIdentifier": received[bad].id}]}
    assert dead_letter_reasons(queues, "requests") == []
    assert written(database) == (1, 1)


def test_chunks_of_a_large_team_continue_through_the_requests_queue(
    database: Database, queues: Queues, clock: FakeClock
) -> None:
    team_id = add_team(database, members=25)
    request = {"type": "issue.new", "recipients": {"team_id": str(team_id)}, "title": "2 new issues"}
    cut_small = dispatching(database, queues, clock, chunk_size=10)
    assert cut_small.enqueue(request, platform_key=Key("lambda", "1")).continues
    event = sqs_event("requests", take(queues, "requests"))
    for _ in range(2):
        assert enqueue.handler(event, Context()) == {"batchItemFailures": []}
    assert written(database) == (1, 25)
    assert len(take(queues, "mobile_push")) == 25
