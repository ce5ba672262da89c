"""An operator's hand from the command line down to the rows: hold, let go, discard, recall; and a producer's cancel."""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from functions import enqueue, operate
from infra.cli import target
from infra.cli.main import main
from owlpost.client import NotificationClient, SqsTransport
from owlpost.domain.clock import utc_now
from owlpost.domain.errors import TransientFault
from owlpost.domain.outcomes import Outcome, Retry, Sent
from owlpost.domain.queue_names import REQUESTS
from owlpost.domain.requests import EnqueueRequest
from owlpost.queue_messages import Message
from tests.support.people import add_person, add_team
from tests.support.queue_reading import take
from tests.support.stage import Stage
from tests.support.wired import Context, Wired, sqs_event

Output = pytest.CaptureFixture[str]


class InProcess:
    """Invokes the function as Lambda would: JSON in, JSON out."""

    def operate(self, command: Mapping[str, object]) -> Any:
        event = json.loads(json.dumps({**command, "operator": "ada@laptop"}))
        return target.checked(json.loads(json.dumps(operate.handler(event, Context()))))


@pytest.fixture(autouse=True)
def operating(wired: Wired, stage: Stage) -> None:
    """The functions' roles see the server's own time, so the stage's begins there."""
    stage.clock.move_to(utc_now())
    wired.as_function("operate")


def owlpost(*arguments: object) -> int:
    return main(list(map(str, arguments)), connect=lambda _options: InProcess())


def printed(capsys: Output) -> Any:
    """What was printed as JSON, after the function's own log lines."""
    lines = capsys.readouterr().out.splitlines()
    return json.loads("\n".join(line for line in lines if not line.startswith(('{"_aws"', '{"level"'))))


def answer(capsys: Output, *arguments: object) -> Any:
    capsys.readouterr()
    assert owlpost(*arguments, "--json") == 0
    return printed(capsys)


def request_of(stage: Stage, delivery: UUID) -> UUID:
    with stage.database.transaction() as connection:
        statement = text(
            "select n.request_id from notification_deliveries d join notifications n on n.id = d.notification_id"
            " where d.id = :id"
        )
        found: UUID = connection.execute(statement, {"id": delivery}).scalar_one()
        return found


def journal(stage: Stage) -> list[tuple[str, str]]:
    with stage.database.transaction() as connection:
        rows = connection.execute(text("select actor, detail from security_events where kind = 'operator' order by id"))
        return [(row.actor, row.detail["act"]) for row in rows]


def visible(stage: Stage) -> int:
    with stage.database.transaction() as connection:
        return int(connection.execute(text("select count(*) from notifications where deleted_at is null")).scalar_one())


def test_a_hold_stops_what_is_pending_and_what_comes_and_letting_go_sends_it(stage: Stage, capsys: Output) -> None:
    before = stage.tell(3)
    dry = answer(capsys, "hold", "--channel", "email", "--why", "wrong words", "--dry-run")
    assert dry == {"hold": None, "pending": {"email": 3}, "dry_run": True}
    hold = answer(capsys, "hold", "--channel", "email", "--why", "wrong words")["hold"]
    assert (hold["created_by"], hold["reason"]) == ("ada@laptop", "wrong words")
    after = stage.tell(2)
    stage.deliver(before)
    assert stage.adapter.told == []
    (listed,) = answer(capsys, "holds")
    assert (listed["held"], listed["pending"]) == ({"email": 5}, {"email": 5})
    assert owlpost("explain", before[0]) == 0
    assert "owlpost let-go" in capsys.readouterr().out
    assert owlpost("let-go", hold["id"]) == 0
    assert "let go: 5 email" in capsys.readouterr().out
    stage.clock.move_to(utc_now() + timedelta(seconds=1))
    stage.deliver([*before, *after])
    assert sorted(stage.adapter.told) == sorted([*before, *after])
    assert journal(stage) == [("operator:ada@laptop", "hold"), ("operator:ada@laptop", "let_go")]
    assert owlpost("let-go", hold["id"]) == 1


@pytest.mark.parametrize(
    ("what", "stops"),
    [
        (["--type", "feedback.new"], 1),
        (["--type", "issue.new"], 0),
        (["--channel", "mobile_push"], 0),
        (["--producer", "billing"], 0),
        ([], 1),
    ],
)
def test_each_given_condition_of_a_hold_must_match(stage: Stage, capsys: Output, what: list[str], stops: int) -> None:
    answer(capsys, "hold", *what, "--why", "a storm")
    (delivery,) = stage.tell()
    stage.deliver([delivery])
    assert stage.row(delivery)["status"] == ("pending" if stops else "sent")


def test_a_hold_of_the_inbox_and_of_what_does_not_exist_is_refused(capsys: Output) -> None:
    assert owlpost("hold", "--channel", "in_app", "--why", "x") == 2
    assert "recall takes it back" in capsys.readouterr().err
    assert owlpost("hold", "--type", "feedback.nwe", "--why", "x") == 1
    assert "did you mean feedback.new" in capsys.readouterr().err
    assert owlpost("hold", "--why", " ") == 2


def test_discarding_ends_what_the_hold_has_stopped_and_what_it_has_not_met_yet(stage: Stage, capsys: Output) -> None:
    queued, mine = stage.tell(4), answer(capsys, "hold", "--type", "feedback.new", "--why", "a storm")["hold"]["id"]
    other = answer(capsys, "hold", "--channel", "mobile_push", "--why", "apple is away")["hold"]["id"]
    stopped = stage.tell(2)
    pushes = stage.tell(1, channel="mobile_push", device="token")
    dry = answer(capsys, "let-go", mine, "--discard", "--dry-run")
    assert dry["discarded"]["email"] == 7
    gone = answer(capsys, "let-go", mine, "--discard")
    assert gone["discarded"] == {"email": 7}
    stage.deliver([*queued, *stopped])
    assert stage.adapter.told == []
    assert {(stage.row(each)["status"], stage.row(each)["error"]) for each in [*queued, *stopped]} == {
        ("skipped", "discarded")
    }
    assert [stage.row(each)["status"] for each in pushes] == ["pending"], "another hold stops it still"
    assert [each["id"] for each in answer(capsys, "holds")] == [other]


def test_a_recall_stops_what_has_not_gone_out_and_empties_the_inbox(stage: Stage, capsys: Output) -> None:
    sent, waiting, other = *stage.tell(2), *stage.tell(1)
    stage.deliver([sent])
    request = request_of(stage, sent)
    expected = {"email": 1, "mobile_push": 2}
    assert answer(capsys, "recall", request, "--dry-run")["stopped"] == expected
    assert stage.row(waiting)["status"] == "pending"
    result = answer(capsys, "recall", request)
    assert result == {
        "requests": 1,
        "stopped": expected,
        "already_out": {"email": 1},
        "already_read": 0,
        "inbox": 2,
        "dry_run": False,
    }
    assert visible(stage) == 1
    assert (stage.row(waiting)["status"], stage.row(waiting)["error"]) == ("skipped", "recalled")
    stage.deliver([waiting, other])
    assert stage.adapter.told == [sent, other]
    assert journal(stage) == [("operator:ada@laptop", "recall")]


def test_a_recall_by_type_and_time_says_what_it_means_and_refuses_to_mean_everything(
    stage: Stage, capsys: Output
) -> None:
    stage.tell(2)
    assert owlpost("recall", "--type", "issue.new", "--since", "2d") == 1
    assert owlpost("recall") == 2
    assert owlpost("recall", "--since", "2d") == 2
    assert answer(capsys, "recall", "--type", "feedback.new", "--since", "2d")["stopped"]["email"] == 2


def test_a_mail_that_a_worker_has_in_hand_is_out_and_its_retry_is_not_made(stage: Stage, capsys: Output) -> None:
    (delivery,) = stage.tell()
    request = request_of(stage, delivery)
    results: list[Any] = []

    def recalled_meanwhile(_delivery: Any) -> Outcome:
        results.append(answer(capsys, "recall", request))
        return Retry(TransientFault("timeout", ambiguous=True))

    stage.adapter.script = recalled_meanwhile
    stage.deliver([delivery])
    assert results[0]["already_out"] == {"email": 1}
    stage.adapter.script = lambda _delivery: Sent()
    stage.adapter.batches.clear()
    stage.clock.advance(minutes=10)
    stage.deliver([delivery])
    assert stage.adapter.told == []
    assert (stage.row(delivery)["status"], stage.row(delivery)["error"]) == ("skipped", "recalled")


@pytest.mark.parametrize("fault", ["timeout", "rate_limit_exceeded"])
def test_of_a_batch_with_others_in_it_the_recalled_are_stopped_unless_it_may_be_out(
    stage: Stage, capsys: Output, fault: str
) -> None:
    wrong, right = *stage.tell(), *stage.tell()
    ambiguous = fault == "timeout"
    stage.adapter.script = lambda _delivery: Retry(TransientFault(fault, ambiguous=ambiguous, counts=ambiguous))
    stage.deliver([wrong, right])
    result = answer(capsys, "recall", request_of(stage, wrong))
    assert result["already_out"] == ({"email": 1} if ambiguous else {})
    stage.adapter.batches.clear()
    stage.adapter.script = lambda _delivery: Sent()
    stage.clock.advance(minutes=30)
    stage.deliver([wrong, right])
    assert stage.adapter.told == ([wrong, right] if ambiguous else [right])


def test_a_held_batch_goes_out_as_it_was_frozen(stage: Stage, capsys: Output) -> None:
    ids = stage.tell(3)
    stage.adapter.script = lambda _delivery: Retry(TransientFault("timeout", ambiguous=True))
    stage.deliver(ids)
    frozen = {stage.row(each)["batch_id"] for each in ids}
    hold = answer(capsys, "hold", "--channel", "email", "--why", "look first")["hold"]["id"]
    stage.clock.advance(minutes=30)
    stage.deliver(ids)
    assert {stage.row(each)["waits_for"] for each in ids} == {"held"}
    stage.adapter.script = lambda _delivery: Sent()
    answer(capsys, "let-go", hold)
    stage.clock.advance(minutes=1)
    stage.deliver(ids)
    assert {stage.row(each)["status"] for each in ids} == {"sent"}
    assert {batch.id for batch in stage.adapter.batches} == frozen


def test_chunks_of_a_recalled_team_that_were_not_written_yet_tell_nobody(
    stage: Stage, wired: Wired, capsys: Output
) -> None:
    team = add_team(stage.database, members=5)
    wired.as_function("enqueue", DISPATCH_CHUNK_SIZE="2")
    told = enqueue.handler({"type": "feedback.new", "recipients": {"team_id": str(team)}, "title": "Hello"}, Context())
    assert (told["notifications"], told["continues"]) == (2, True)
    wired.as_function("operate")
    answer(capsys, "recall", told["request_id"])
    wired.as_function("enqueue", DISPATCH_CHUNK_SIZE="2")
    enqueue.handler(sqs_event(REQUESTS, take(stage.queues, REQUESTS)), Context())
    assert visible(stage) == 0
    wired.as_function("operate")
    assert owlpost("audit", "--since", "3d") == 0


def cancel_message(stage: Stage, key: str) -> None:
    transport = SqsTransport(stage.queues.client, stage.queues.urls[REQUESTS])
    NotificationClient(transport, producer="billing").cancel(key, type_="feedback.new")


def asked(stage: Stage, key: str) -> dict[str, Any]:
    with stage.database.transaction() as connection:
        person = add_person(connection)
    request = EnqueueRequest.model_validate(
        {
            "type": "feedback.new",
            "recipients": {"user_ids": [str(person.id)]},
            "title": "Hello",
            "idempotency_key": key,
            "producer": "billing",
        }
    )
    return request.model_dump(mode="json", exclude_none=True)


@pytest.mark.parametrize("first", ["request", "cancellation"])
def test_a_producer_cancels_its_request_in_whatever_order_the_messages_come(
    stage: Stage, wired: Wired, first: str
) -> None:
    wired.as_function("enqueue")
    key = str(uuid4())
    body = asked(stage, key)
    if first == "request":
        stage.queues.send(REQUESTS, [Message(json.dumps(body))])
    cancel_message(stage, key)
    if first != "request":
        stage.queues.send(REQUESTS, [Message(json.dumps(body))])
    for message in take(stage.queues, REQUESTS):
        assert enqueue.handler(sqs_event(REQUESTS, [message]), Context()) == {"batchItemFailures": []}
    assert visible(stage) == 0
    stage.deliver(stage.pending("email"))
    assert stage.adapter.told == []


def test_another_producers_cancel_takes_nothing_back(stage: Stage, wired: Wired) -> None:
    wired.as_function("enqueue")
    body = asked(stage, "invoice-7")
    enqueue.handler(body, Context())
    other = {"cancel": "invoice-7", "type": "feedback.new", "producer": "crm"}
    assert enqueue.handler(other, Context())["stopped"] == {}
    assert visible(stage) == 1
    mine = {"cancel": "invoice-7", "type": "feedback.new", "producer": "billing"}
    assert enqueue.handler(mine, Context())["stopped"] == {"email": 1, "mobile_push": 1}
    assert visible(stage) == 0
