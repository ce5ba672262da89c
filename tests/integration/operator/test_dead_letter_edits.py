"""One dead request is mended by hand and sent again, once."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from functions import enqueue, operate
from infra.cli.main import main
from owlpost.domain.clock import utc_now
from owlpost.domain.queue_names import REQUESTS
from owlpost.queue_messages import Message
from tests.integration.operator.test_cli import in_process
from tests.support.people import add_person
from tests.support.queue_reading import take
from tests.support.stage import Stage
from tests.support.wired import Context, Wired, sqs_event

DEAD = "requests-dlq"


@pytest.fixture(autouse=True)
def operating(wired: Wired, stage: Stage) -> None:
    stage.clock.move_to(utc_now())
    wired.as_function("operate")


def act(command: str, **arguments: object) -> Any:
    return json.loads(json.dumps(operate.handler({"command": command, **arguments}, Context())))


def request(stage: Stage, **more: object) -> dict[str, object]:
    with stage.database.transaction() as connection:
        person = add_person(connection)
    return {"type": "feedback.new", "recipients": {"user_ids": [str(person.id)]}, "title": "Hello", **more}


def dead(stage: Stage, body: object) -> str:
    """A dead letter with this body; its id."""
    stage.queues.send(
        DEAD, [Message(json.dumps(body), attributes={"error": "type: is unknown", "correlation_id": "abc"})]
    )
    (letter,) = act("dead_letters", queue="requests")["messages"]
    return str(letter["id"])


def letters() -> list[Any]:
    found: list[Any] = act("dead_letters", queue="requests")["messages"]
    return found


def edit(id_: str, body: Mapping[str, object] | str, **more: object) -> Any:
    content = body if isinstance(body, str) else json.dumps(body)
    return act("edit_dead_letter", queue="requests", id=id_, body=content, **more)


def receive(stage: Stage, wired: Wired) -> int:
    """What the requests queue holds is enqueued; the number of requests that were stored in all."""
    wired.as_function("enqueue")
    enqueue.handler(sqs_event(REQUESTS, take(stage.queues, REQUESTS)), Context())
    wired.as_function("operate")
    with stage.database.transaction() as connection:
        return int(connection.execute(text("select count(*) from notifications")).scalar_one())


def test_a_mended_request_is_sent_and_its_dead_letter_is_gone(stage: Stage, wired: Wired) -> None:
    wrong = request(stage, type="feedback.nwe")
    id_ = dead(stage, wrong)
    right = {**wrong, "type": "feedback.new"}
    assert edit(id_, right, dry_run=True)["resubmitted"] == 1
    assert len(letters()) == 1
    assert edit(id_, right)["resubmitted"] == 1
    assert letters() == []
    assert receive(stage, wired) == 1
    assert edit(id_, right)["error"]["kind"] == "not_found"


def test_the_journal_has_the_act_and_not_the_words(stage: Stage) -> None:
    wrong = request(stage, type="x")
    edit(dead(stage, wrong), {**wrong, "type": "feedback.new", "title": "Secret words"})
    (sent,) = take(stage.queues, REQUESTS)
    assert sent.correlation_id == "abc", "its story in the logs goes on"
    (act_,) = act("journal")
    assert (act_["command"], act_["result"]["resubmitted"]) == ("edit_dead_letter", 1)
    assert "Secret" not in json.dumps(act_)


def test_what_is_still_at_fault_is_refused_by_its_field_and_stays(stage: Stage) -> None:
    id_ = dead(stage, request(stage, type="x"))
    refused = edit(id_, request(stage, type="feedback.new", title=""))["error"]
    assert (refused["kind"], refused["message"].split(":")[0]) == ("invalid_request", "title")
    assert edit(id_, "{")["error"]["kind"] == "invalid_request"
    assert edit(id_, {"happened": "job_ended", "fact": {}})["error"]["kind"] == "invalid_request"
    assert [each["id"] for each in letters()] == [id_]
    body = json.dumps(request(stage))
    of_deliveries = act("edit_dead_letter", queue="email", id=id_, body=body)["error"]
    assert (of_deliveries["kind"], of_deliveries["message"].split(":")[0]) == ("invalid_request", "queue")


def test_where_sqs_takes_nothing_the_dead_letter_is_as_it_was(stage: Stage) -> None:
    id_ = dead(stage, request(stage, type="feedback.nwe"))
    stage.queues.client.delete_queue(QueueUrl=stage.queues.urls[REQUESTS])
    assert "SQS did not take the request" in edit(id_, request(stage))["error"]["message"]
    (letter,) = letters()
    assert (letter["id"], json.loads(letter["body"])["type"]) == (id_, "feedback.nwe")


def test_a_run_that_broke_off_after_sending_tells_nobody_twice(stage: Stage, wired: Wired) -> None:
    wrong = request(stage, type="x")
    id_, right = dead(stage, wrong), {**wrong, "type": "feedback.new"}
    # sent, and then the function died before it deleted the dead letter
    stage.queues.send(REQUESTS, [Message(edit(id_, right, dry_run=True)["body"])])
    assert len(letters()) == 1
    assert edit(id_, right)["resubmitted"] == 1
    assert receive(stage, wired) == 1, "two messages, one effect"


def test_a_request_that_was_accepted_after_all_is_not_sent_again(stage: Stage) -> None:
    body = request(stage)
    id_ = dead(stage, body)
    stage.change(
        "insert into notification_requests (key_source, idempotency_key, body_hash, type, created_at)"
        " values ('sqs', :id, '', 'feedback.new', now())",
        id=id_,
    )
    assert "accepted after all" in edit(id_, {**body, "title": "Other words"})["error"]["message"]
    assert take(stage.queues, REQUESTS) == []


@pytest.mark.parametrize(
    "body",
    [
        {"cancel": "invoice-7", "type": "feedback.new", "producer": "billing"},
        {"happened": "feedback.new", "fact": {}},
    ],
)
def test_a_dead_fact_or_cancellation_is_sent_again_as_it_is(stage: Stage, body: dict[str, object]) -> None:
    """Neither knows an idempotency key: with one it would be a dead letter again."""
    dead(stage, body)
    assert act("redrive_requests")["resubmitted"] == 1
    (message,) = take(stage.queues, REQUESTS)
    assert json.loads(message.body) == body


def test_the_command_line_edits_by_file_and_by_editor(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = request(stage, type="x")
    id_ = dead(stage, wrong)
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("EDITOR", "true")
    assert main(["dead-letters", "requests", "--edit", id_], connect=in_process) == 2
    assert "nothing was changed" in capsys.readouterr().err
    monkeypatch.setenv("EDITOR", "no-such-editor")
    assert main(["dead-letters", "requests", "--edit", id_], connect=in_process) == 3
    file = tmp_path / "request.json"
    file.write_text(json.dumps({**wrong, "type": "feedback.new"}))
    command = ["dead-letters", "requests", "--edit", id_, "--file", str(file)]
    assert main([*command, "--dry-run"], connect=in_process) == 0
    assert "stays a dead letter" in capsys.readouterr().out
    monkeypatch.setenv("EDITOR", """sed -i 's/"x"/"feedback.new"/'""")
    assert main(["dead-letters", "requests", "--edit", id_], connect=in_process) == 0
    assert "is no dead letter any more" in capsys.readouterr().out
    (sent,) = take(stage.queues, REQUESTS)
    assert json.loads(sent.body)["type"] == "feedback.new"


def test_discard_with_an_error_reads_as_it_is_written(stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    dead(stage, {"type": "x"})
    assert main(["dead-letters", "requests", "--discard"], connect=in_process) == 2
    assert main(["dead-letters", "requests", "--discard", "--error", "type"], connect=in_process) == 2
    assert main(["dead-letters", "requests", "--discard", "--error", "type", "--dry-run"], connect=in_process) == 0
    assert main(["dead-letters", "requests", "--discard", "--error", "type", "--yes"], connect=in_process) == 0
    assert "1 messages were discarded" in capsys.readouterr().out
    assert letters() == []
