"""An operator is told which of a team's rooms a type would reach now, and what keeps it from the others."""

import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from functions import operate
from infra.cli.errors import NOT_FOUND
from owlpost.domain.idempotency import Key
from tests.integration.operator.test_cli import owlpost
from tests.support.optional_channels import switched_on
from tests.support.people import add_team
from tests.support.reached import add_room, somebody
from tests.support.services import dispatching
from tests.support.stage import Stage
from tests.support.wired import Context, Wired

Output = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def operating(wired: Wired) -> Iterator[None]:
    with switched_on("webhook", "slack"):
        wired.as_function("operate", CHANNELS="webhook,slack")
        yield


@pytest.fixture
def team(stage: Stage) -> UUID:
    return add_team(stage.database, members=1)


def room(stage: Stage, team: UUID, **changes: str) -> UUID:
    id_ = add_room(stage, team, f"https://hooks.example.com/{uuid4()}")
    for name, value in changes.items():
        stage.change(f"update destinations set {name} = {value} where id = '{id_}'")
    return id_


def ask(command: str, **arguments: object) -> Any:
    return json.loads(json.dumps(operate.handler({"command": command, **arguments}, Context())))


def forecast(team: object, type_: str = "feedback.new") -> list[tuple[bool, str]]:
    rooms = ask("explain_rooms", team=str(team), type=type_)["team"]["rooms"]
    return [(each["sent"], each["rule"]) for each in rooms]


def told(stage: Stage, team: UUID, type_: str = "feedback.new") -> int:
    """How many rooms a request to the team tells indeed."""
    body = {"type": type_, "recipients": {"team_id": str(team)}, "title": "Hello", "data": {"status": "completed"}}
    answer = dispatching(stage.database, stage.queues, stage.clock).enqueue(
        body, platform_key=Key("lambda", str(uuid4()))
    )
    with stage.database.transaction() as connection:
        ready = connection.execute(
            text("""
                select count(*) from notification_deliveries d join notifications n on n.id = d.notification_id
                where n.request_id = :request and d.destination_id is not null and d.waits_for is null
            """),
            {"request": answer.request_id},
        )
        return int(ready.scalar_one())


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({}, "room_on"),
        ({"types": "array['feedback.new', 'issue.new']"}, "room_on"),
        ({"types": "array['issue.new']"}, "type_not_chosen"),
        ({"state": "'unverified'"}, "not_verified"),
        ({"state": "'off'"}, "destination_off"),
        ({"state": "'dead'"}, "destination_dead"),
        ({"channel": "'discord'", "kind": "'room_webhook'"}, "channel_not_here"),
    ],
)
def test_what_is_forecast_of_a_room_is_what_happens(
    stage: Stage, team: UUID, changes: dict[str, str], rule: str
) -> None:
    room(stage, team, **changes)
    assert forecast(team) == [(rule == "room_on", rule)]
    assert told(stage, team) == int(rule == "room_on")


def test_a_type_about_one_person_is_told_in_no_room(stage: Stage, team: UUID) -> None:
    room(stage, team)
    assert forecast(team, "job.completed") == [(False, "not_for_rooms")]
    assert told(stage, team, "job.completed") == 0


@pytest.mark.parametrize(
    ("hold", "held"),
    [
        ({}, True),
        ({"channel": "webhook"}, True),
        ({"type": "feedback.new"}, True),
        ({"team_id": "team"}, True),
        ({"team_id": str(uuid4())}, False),
        ({"channel": "email"}, False),
        ({"type": "issue.new"}, False),
        ({"producer": "somebody"}, False),
    ],
)
def test_a_hold_is_seen(stage: Stage, team: UUID, hold: dict[str, str], *, held: bool) -> None:
    room(stage, team)
    named = {name: str(team) if value == "team" else value for name, value in hold.items()}
    ask("hold", reason="a test", **named)
    assert forecast(team) == [(not held, "held" if held else "room_on")]
    assert told(stage, team) == int(not held)


def test_without_the_bots_token_only_what_carries_its_own_secret_is_told(stage: Stage, team: UUID) -> None:
    room(stage, team, channel="'slack'", kind="'bot_room'")
    room(stage, team, channel="'slack'", kind="'incoming_webhook'")
    assert sorted(forecast(team)) == [(False, "no_slack_key"), (True, "room_on")]


def test_on_staging_no_room_is_told(stage: Stage, team: UUID, wired: Wired) -> None:
    room(stage, team)
    wired.as_function("operate", CHANNELS="webhook", GUEST_LIST="@owlpost.example")
    assert forecast(team) == [(False, "not_on_guest_list")]


def test_other_teams_rooms_and_peoples_destinations_are_not_told_of(stage: Stage, team: UUID) -> None:
    room(stage, add_team(stage.database, members=1))
    assert forecast(team) == []


def test_with_a_person_both_are_told_and_whether_they_are_a_member(stage: Stage, team: UUID, capsys: Output) -> None:
    room(stage, team)
    outsider = somebody(stage)
    with stage.database.transaction() as connection:
        member = connection.execute(text("select user_id from team_members")).scalar_one()
    assert owlpost("explain", outsider.email, "feedback.new", "--team", team) == 0
    printed = capsys.readouterr().out
    assert f"feedback.new for {outsider.email}" in printed
    assert f"Someone is no member of the team Cartographers ({team})." in printed
    assert "#alerts" in printed
    assert "one that names roles, leaves people out" in printed
    assert ask("explain_person", user=str(member), type="feedback.new", team=str(team))["team"]["role"] == "member"
    assert ask("explain_person", user=str(member), type="feedback.new")["team"] is None


def test_a_hold_of_the_team_is_seen_by_the_person_too(stage: Stage, team: UUID) -> None:
    ask("hold", reason="a test", team_id=str(team))
    person = str(somebody(stage).id)
    by_rule = [
        {each["rule"] for each in ask("explain_person", user=person, type="feedback.new", **about)["channels"]}
        for about in ({}, {"team": str(team)})
    ]
    assert ["held" in rules for rules in by_rule] == [False, True]


def test_a_type_alone_with_a_team_tells_of_its_rooms_and_what_to_do(stage: Stage, team: UUID, capsys: Output) -> None:
    dead = room(stage, team, state="'dead'", last_error="'http_410'", dead_at="now()", failing_since="now()")
    room(stage, team, state="'off'", last_error="'not_in_channel'")
    assert owlpost("explain", "feedback.new", "--team", "Cartographers") == 0
    printed = " ".join(capsys.readouterr().out.split())
    assert "it is dead, as the provider answered 410 Gone (http_410), since 20" in printed
    assert f"owlpost revive {dead}" in printed
    assert "it is switched off, as our app is not in the channel" in printed


def test_a_team_without_rooms_is_said_to_have_none(team: UUID, capsys: Output) -> None:
    assert owlpost("explain", "feedback.new", "--team", team) == 0
    assert f"The team Cartographers ({team}) has connected no room." in capsys.readouterr().out


def test_what_does_not_exist_is_said(team: UUID, capsys: Output) -> None:
    for arguments, said in [
        (("feedback.nwe", "--team", team), "there is no notification type feedback.nwe; did you mean"),
        (("feedback.new", "--team", "Geologists"), "there is no team Geologists"),
    ]:
        assert owlpost("explain", *arguments) == NOT_FOUND
        assert said in capsys.readouterr().err
    assert owlpost("explain", "feedback.new", "--team", team, "--content") == 2
    assert "--content and --save are for a delivery" in capsys.readouterr().err
