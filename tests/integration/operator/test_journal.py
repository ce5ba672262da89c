"""The journal: each act of an operator with who, what, and what came of it."""

import json
from typing import Any, get_args
from uuid import uuid4

import pytest
from sqlalchemy import text

from functions import operate
from infra.cli.main import main
from owlpost.domain import commands
from owlpost.domain.clock import utc_now
from owlpost.domain.security import OPERATOR_ACTS
from owlpost.queue_messages import Message
from tests.integration.operator.test_cli import in_process
from tests.support.stage import Stage
from tests.support.wired import Context, Wired

ADA = "arn:aws:iam::123456789012:user/ada"


@pytest.fixture(autouse=True)
def operating(wired: Wired, stage: Stage) -> None:
    stage.clock.move_to(utc_now())
    wired.as_function("operate")


def act(command: str, **arguments: object) -> Any:
    return json.loads(json.dumps(operate.handler({"command": command, "operator": ADA, **arguments}, Context())))


def journal(**arguments: object) -> Any:
    return act("journal", **arguments)


def test_an_act_stands_with_who_what_and_what_came_of_it(stage: Stage) -> None:
    stage.tell(3)
    hold = act("hold", channel="email", reason="wrong words")["hold"]["id"]
    act("let_go", hold_id=hold, discard=True)
    discarded, placed = journal()
    assert (placed["who"], placed["command"]) == (ADA, "hold")
    assert placed["arguments"] == {"channel": "email", "reason": "wrong words"}
    assert placed["result"] == {"hold": hold, "pending": {"email": 3}, "dry_run": False}
    assert discarded["result"]["discarded"] == {"email": 3}
    assert placed["at"] <= placed["ended_at"] <= discarded["at"]


def test_each_act_is_kept_with_its_counts_and_no_address(stage: Stage) -> None:
    (delivery,) = stage.tell()
    stage.change("insert into email_suppressions (address, reason) values ('ada@people.example', 'bounced')")
    stage.change("update notification_deliveries set status = 'failed', error = 'x' where id = :id", id=delivery)
    stage.queues.send("requests-dlq", [Message("{}", attributes={"error": "title: is missing"})])
    act("redrive", delivery_ids=[str(delivery)])
    act("release", address="Ada@people.example")
    act("discard_dead_letters", queue="requests", error="title")
    act("recall", type="feedback.new", since="2020-01-01T00:00:00Z")
    kept = {each["command"]: each for each in journal()}
    assert set(kept) == {"redrive", "release", "discard_dead_letters", "recall"}
    assert kept["redrive"]["result"]["redriven"] == 1
    assert kept["discard_dead_letters"]["result"]["discarded"] == 1
    assert kept["recall"]["result"]["inbox"] == 1
    assert "people.example" not in json.dumps(list(kept.values()))


def test_an_act_that_failed_or_never_ended_says_so(stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    assert act("let_go", hold_id=str(uuid4()))["error"]["kind"] == "not_found"
    act("hold", reason="a storm")
    stage.change("delete from operator_results where error is null")
    unended, failed = journal()
    assert (failed["error"], failed["result"]) == ("NotFound", None)
    assert (unended["ended_at"], unended["result"]) == (None, None)
    assert main(["journal"], connect=in_process) == 0
    printed = capsys.readouterr().out
    assert "failed: NotFound" in printed
    assert "not ended" in printed


@pytest.mark.own_database
def test_an_act_whose_result_cannot_be_kept_is_answered_all_the_same(stage: Stage) -> None:
    stage.change("drop table operator_results")
    assert act("hold", reason="a storm")["hold"]["reason"] == "a storm"


def test_what_only_reads_and_a_dry_run_leave_no_trace(stage: Stage) -> None:
    stage.tell()
    act("hold", reason="look first", dry_run=True)
    act("now")
    assert journal() == []
    act("hold", reason="a storm")
    assert len(journal()) == 1
    assert journal(since="2999-01-01T00:00:00Z") == []


def test_the_result_goes_when_the_act_is_too_old_to_keep(stage: Stage) -> None:
    act("hold", reason="a storm")
    stage.change("delete from security_events")
    with stage.database.transaction() as connection:
        assert connection.execute(text("select count(*) from operator_results")).scalar_one() == 0


def test_each_command_that_changes_something_is_an_act() -> None:
    """What takes a dry run changes something, and `commands` knows them all."""
    changing = {
        get_args(each.model_fields["command"].annotation)[0]
        for each in get_args(commands.Command)
        if "dry_run" in each.model_fields
    }
    assert changing <= OPERATOR_ACTS
