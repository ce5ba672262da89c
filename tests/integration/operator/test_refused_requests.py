"""`owlpost requests` shows what was refused beside what was accepted: who wrote it in a transaction was told nothing."""

import json
from typing import Any
from uuid import uuid4

import pytest

from functions import enqueue, operate
from infra.cli.main import main
from owlpost.queue_messages import Message
from tests.integration.enqueue.test_outbox import DRAIN, request, write
from tests.integration.operator.test_cli import in_process
from tests.support.people import add_team
from tests.support.stage import Stage
from tests.support.wired import Context, Wired


@pytest.fixture
def team(stage: Stage) -> str:
    return str(add_team(stage.database, members=1))


def written(stage: Stage, wired: Wired, *bodies: object) -> None:
    """Have a host write these in its transaction, and the outbox drained."""
    with stage.database.transaction() as connection:
        for body in bodies:
            write(connection, body)
    wired.as_function("enqueue")
    enqueue.handler(DRAIN, Context())
    wired.as_function("operate")


def listed(**more: object) -> Any:
    return json.loads(json.dumps(operate.handler({"command": "requests", **more}, Context())))


def test_one_that_a_host_wrote_and_that_was_refused_stands_among_the_accepted_with_the_reason(
    stage: Stage, wired: Wired, team: str
) -> None:
    written(stage, wired, request(team, "Fine"), request(team, "Odd", type="no.such"))
    found = {each["title"]: each for each in listed(since="2020-01-01T00:00:00Z")}
    assert found["Fine"]["refused"] is None
    odd = found["Odd"]
    assert (odd["type"], odd["notifications"], odd["refused"]) == (
        "no.such",
        0,
        "type: is not a known notification type",
    )
    assert [each["title"] for each in listed(since="2020-01-01T00:00:00Z", type="no.such")] == ["Odd"]
    assert [each["title"] for each in listed(since="2020-01-01T00:00:00Z", type="feedback.new")] == ["Fine"]
    assert listed(since="2099-01-01T00:00:00Z") == []
    assert len(listed(since="2020-01-01T00:00:00Z", limit=1)) == 1


def test_looking_takes_nothing_away_and_the_id_is_that_of_the_dead_letter(
    stage: Stage, wired: Wired, team: str
) -> None:
    written(stage, wired, request(team, type="no.such"))
    for _ in range(2):
        (refused,) = listed()
        letter = operate.handler({"command": "dead_letter", "queue": "requests", "id": refused["id"]}, Context())
        assert json.loads(letter["body"])["type"] == "no.such"


def test_a_fact_is_named_by_what_happened_and_what_is_no_request_is_no_fault_of_the_list(
    stage: Stage, wired: Wired
) -> None:
    wired.as_function("operate")
    error = {"error": "request: must be a JSON object"}
    fact = json.dumps({"happened": "ratings_synced", "fact": {}})
    for body in (fact, "{", "[]", json.dumps({"drain_outbox": True}), json.dumps({"type": 7}), str(uuid4())):
        stage.queues.send("requests-dlq", [Message(body, attributes=error)])
    assert sorted(each["type"] for each in listed()) == ["not JSON", "not JSON", "not a request", "ratings_synced"]


def test_the_command_line_lists_them_by_themselves_with_what_to_do(
    stage: Stage, wired: Wired, team: str, capsys: pytest.CaptureFixture[str]
) -> None:
    written(stage, wired, request(team, "Odd", type="no.such"))
    capsys.readouterr()
    assert main(["requests"], connect=in_process) == 0
    printed = capsys.readouterr().out
    assert "0 requests" in printed
    (line,) = (each for each in printed.splitlines() if "no.such" in each)
    assert "type: is not a known notification type" in line
    assert "owlpost dead-letters requests --edit ID" in printed
