"""What operators do is in the audit trail, under their names, before it is done."""

import json
from typing import Any

import pytest
from sqlalchemy.exc import ProgrammingError

from functions import operate
from infra.cli.main import main
from owlpost.domain.outcomes import Failed
from owlpost.queue_messages import Message
from tests.integration.operator.test_cli import in_process
from tests.support.stage import Stage
from tests.support.wired import Context, Wired

ADA = "arn:aws:iam::123456789012:user/ada"


@pytest.fixture(autouse=True)
def operating(wired: Wired) -> None:
    wired.as_function("operate")


def act(command: str, **arguments: object) -> Any:
    asked = {"command": command, "operator": ADA, **arguments}
    return json.loads(json.dumps(operate.handler(asked, Context())))


def trail(since: str | None = None) -> list[dict[str, Any]]:
    command = {"command": "security", **({"since": since} if since else {})}
    events: list[dict[str, Any]] = json.loads(json.dumps(operate.handler(command, Context())))["events"]
    return events


def suppress(stage: Stage, address: str = "ada@people.example") -> None:
    stage.change("insert into email_suppressions (address, reason) values (:address, 'bounced')", address=address)


def test_each_act_is_in_the_trail_with_its_operator_and_without_addresses(stage: Stage) -> None:
    (delivery_id,) = stage.tell()
    stage.adapter.script = lambda _delivery: Failed("validation_error")
    stage.deliver([delivery_id])
    suppress(stage)
    for _ in range(2):
        stage.queues.send("requests-dlq", [Message("{}", attributes={"error": "title: is missing"})])
    act("redrive", delivery_ids=[str(delivery_id)])
    act("discard_dead_letters", queue="requests", error="title")
    act("redrive_requests")
    act("release", address="Ada@people.example")
    events = trail()
    assert [event["detail"] for event in reversed(events)] == [
        {"act": "redrive", "delivery_ids": 1, "rate": 50.0, "limit": 10_000},
        {"act": "discard_dead_letters", "queue": "requests", "error": "title"},
        {"act": "redrive_requests", "limit": 1_000},
        {"act": "release"},
    ]
    assert {(event["kind"], event["actor"]) for event in events} == {("operator", f"operator:{ADA}")}
    assert "people.example" not in json.dumps(events)


def test_what_only_looks_is_no_act(stage: Stage) -> None:
    stage.tell()
    for command in ("now", "requests", "deliveries", "audit", "suppressions", "security"):
        act(command)
    act("redrive", dry_run=True)
    act("redrive_requests", dry_run=True)
    act("discard_dead_letters", queue="requests", error="x", dry_run=True)
    assert trail() == []


def test_an_act_that_came_to_nothing_is_in_the_trail_too() -> None:
    assert act("release", address="nobody@people.example")["error"]["kind"] == "not_found"
    assert [event["detail"] for event in trail()] == [{"act": "release"}]


def test_an_act_that_the_trail_cannot_take_is_not_done(stage: Stage) -> None:
    suppress(stage)
    stage.change("alter table security_events add constraint full_up check (kind <> 'operator')")
    try:
        with pytest.raises(ProgrammingError, match="full_up"):
            act("release", address="ada@people.example")
    finally:
        stage.change("alter table security_events drop constraint full_up")
    assert len(act("suppressions")["suppressions"]) == 1


def test_the_command_line_shows_who_did_what_since_when(stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    suppress(stage)
    act("release", address="ada@people.example")
    stage.change(
        "insert into security_events (kind, actor, source_hash, created_at)"
        " values ('signed_in', 'somebody', 'abc123', pg_catalog.now() - interval '3 hours')"
    )
    capsys.readouterr()
    assert main(["security", "--since", "1h"], connect=in_process) == 0
    said = capsys.readouterr().out
    assert f"operator:{ADA}" in said
    assert "act=release" in said
    assert "signed_in" not in said
    assert main(["security", "--since", "4h"], connect=in_process) == 0
    assert "abc123" in capsys.readouterr().out
