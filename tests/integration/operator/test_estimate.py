"""Whom a request would reach is said before it is sent, by the judgement of the fan-out, and nothing is written."""

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from functions import operate
from infra.cli import run_estimate
from infra.cli.errors import BadInput
from infra.cli.main import main
from owlpost.domain.clock import utc_now
from owlpost.domain.idempotency import Key
from owlpost.domain.types import NOTIFICATION_TYPE_META
from tests.integration.operator.test_cli import InProcess, in_process
from tests.support.people import add_person, add_team
from tests.support.services import dispatching
from tests.support.stage import Stage
from tests.support.wired import Context, Wired


@pytest.fixture(autouse=True)
def operating(wired: Wired, stage: Stage) -> None:
    stage.clock.move_to(utc_now())
    wired.as_function("operate")


def estimate(request: object) -> Any:
    return json.loads(json.dumps(operate.handler({"command": "estimate", "request": request}, Context())))


def rules(answer: Any) -> dict[str, dict[str, int]]:
    return {each["channel"]: each["rules"] for each in answer["channels"]}


def of(people: list[UUID], **more: object) -> dict[str, object]:
    return {"type": "feedback.new", "recipients": {"user_ids": list(map(str, people))}, "title": "Hello", **more}


def audience(stage: Stage) -> list[UUID]:
    """Somebody of each kind."""
    far = "2999-01-01T00:00:00Z"
    with stage.database.transaction() as connection:
        usual = add_person(connection, device="one")
        no_device = add_person(connection)
        off = add_person(connection, preferences={"notifications": {"types": {"feedback.new": {"email": False}}}})
        paused = add_person(connection, preferences={"notifications": {"paused_until": far}})
        bounced = add_person(connection, email="bounced@people.example")
    stage.change("insert into email_suppressions (address, reason) values ('bounced@people.example', 'bounced')")
    return [each.id for each in (usual, no_device, off, paused, bounced)]


def test_it_says_by_channel_and_rule_who_would_get_it(stage: Stage) -> None:
    answer = estimate(of([*audience(stage), uuid4()]))
    assert (answer["people"], answer["unknown"], answer["requests"], answer["braked"]) == (5, 1, 1, False)
    expected = {
        "email": {"sent": 2, "paused": 1, "suppressed": 1, "switched_off": 1},
        "in_app": {"sent": 5},
        "mobile_push": {"sent": 1, "no_device": 3, "paused": 1},
    }
    found = rules(answer)
    assert found == expected | {other: {"switched_off": 5} for other in found.keys() - expected.keys()}


def test_it_says_what_the_fan_out_then_does_and_writes_nothing_itself(stage: Stage) -> None:
    people = audience(stage)
    stage.change("insert into holds (channel, reason, created_by) values ('mobile_push', 'apple is away', 'ada')")
    before = estimate(of(people))
    with stage.database.transaction() as connection:
        assert connection.execute(text("select count(*) from notification_requests")).scalar_one() == 0
        assert connection.execute(text("select count(*) from notifications")).scalar_one() == 0
    dispatching(stage.database, stage.queues, stage.clock).enqueue(of(people), platform_key=Key("lambda", str(uuid4())))
    with stage.database.transaction() as connection:
        rows = connection.execute(
            text("select channel, coalesce(waits_for, error, 'sent') as rule from notification_deliveries")
        )
        written = Counter((row.channel, row.rule) for row in rows)
    found = {(channel, rule): number for channel, each in rules(before).items() for rule, number in each.items()}
    # the address is looked at by the claim, and what is off gets no row
    said = Counter({key: number for key, number in found.items() if key[1] != "switched_off"})
    assert said != found
    said["email", "sent"] += said.pop(("email", "suppressed"))
    assert said == written


def test_a_large_team_and_a_fact_are_estimated_whole(stage: Stage) -> None:
    team = add_team(stage.database, members=30)
    request = {"type": "feedback.new", "recipients": {"team_id": str(team)}, "title": "Hello"}
    assert estimate(request)["people"] == 30
    refused = estimate({**request, "title": ""})["error"]
    assert refused["message"].startswith("title")
    assert estimate({"happened": "feedback.nwe", "fact": {}})["error"]["kind"] == "invalid_request"


def test_the_brake_is_seen_ahead(stage: Stage, wired: Wired) -> None:
    wired.as_function("operate", BRAKE_PER_PRODUCER="1", BRAKE_PER_PERSON="1")
    with stage.database.transaction() as connection:
        person = add_person(connection).id
    assert rules(estimate(of([person])))["email"] == {"sent": 1}
    dispatching(stage.database, stage.queues, stage.clock).enqueue(
        of([person]), platform_key=Key("lambda", str(uuid4()))
    )
    answer = estimate(of([person]))
    assert answer["braked"]
    assert rules(answer)["email"] == {"brake": 1}
    assert rules(estimate(of([person], type="job.completed")))["email"] == {"held": 1}


def test_how_long_it_takes_is_told_from_the_rate_of_now(stage: Stage) -> None:
    people = audience(stage)
    assert {each["out_in_seconds"] for each in estimate(of(people))["channels"]} == {0.0, None}
    stage.deliver(stage.tell(6))
    (email,) = [each for each in estimate(of(people))["channels"] if each["channel"] == "email"]
    assert email["out_in_seconds"] == 200.0, "two at six in ten minutes"


def test_what_is_due_already_goes_first(stage: Stage) -> None:
    people = audience(stage)
    stage.deliver(stage.tell(6))
    stage.tell(3)
    (email,) = [each for each in estimate(of(people))["channels"] if each["channel"] == "email"]
    assert email["out_in_seconds"] == 500.0, "two after three, at six in ten minutes"


def test_who_has_no_address_gets_no_mail(stage: Stage) -> None:
    people = audience(stage)[:2]
    stage.change("update users set email = '' where id = :id", id=people[0])
    assert rules(estimate(of(people)))["email"] == {"sent": 1, "no_address": 1}


def test_a_mandatory_type_passes_the_brake(stage: Stage, wired: Wired, monkeypatch: pytest.MonkeyPatch) -> None:
    usual = NOTIFICATION_TYPE_META["feedback.new"]
    monkeypatch.setitem(NOTIFICATION_TYPE_META, usual.key, replace(usual, mandatory=True))
    wired.as_function("operate", BRAKE_PER_PRODUCER="1", BRAKE_PER_PERSON="1")
    with stage.database.transaction() as connection:
        person = add_person(connection).id
    key = Key("lambda", str(uuid4()))
    dispatching(stage.database, stage.queues, stage.clock).enqueue(of([person]), platform_key=key)
    answer = estimate(of([person]))
    assert not answer["braked"]
    assert rules(answer)["email"] == {"sent": 1}


def test_the_command_prints_who_and_what_it_costs(
    stage: Stage, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "request.json"
    file.write_text(json.dumps(of(audience(stage))))
    assert main(["estimate", str(file)], connect=in_process) == 0
    shown = capsys.readouterr().out
    assert "5 people; nothing was sent." in shown
    assert "About $0.0" in shown
    assert main(["estimate", str(file), "--json"], connect=in_process) == 0
    assert run_estimate.cost_of(100_000, 1) > run_estimate.cost_of(1_000, 1) > 0
    file.write_text('{"type": "feedback.new"}')
    assert main(["estimate", str(file)], connect=in_process) == 2


def test_send_expects_a_number_and_sends_nothing_to_another(stage: Stage) -> None:
    people = audience(stage)
    run_estimate.require_expected(InProcess(), of(people), 5)
    with pytest.raises(BadInput, match="it would reach 5 people, not 2000: nothing was sent"):
        run_estimate.require_expected(InProcess(), of(people), 2_000)
