"""An operator lists what is connected and how it fares, and brings back what is dead."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from functions import operate
from infra.cli.errors import NOT_FOUND
from owlpost.db.delivery.settle import BatchResult, settle
from owlpost.domain.destinations import DestinationReport
from tests.integration.operator.test_cli import owlpost
from tests.support.optional_channels import switched_on
from tests.support.people import add_team
from tests.support.reached import add_destination, add_room, destination_row, posting, somebody, tell
from tests.support.receiving import SECRET, ScriptedReceiver, status
from tests.support.stage import Stage
from tests.support.wired import Context, Wired

Output = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def operating(wired: Wired, stage: Stage) -> Iterator[None]:
    with switched_on("webhook"):
        stage.clock.advance(days=1)  # to the worker's own time, by which it knows its deadline
        wired.as_function("operate", CHANNELS="webhook")
        yield


def ask(command: str, **arguments: object) -> Any:
    return json.loads(json.dumps(operate.handler({"command": command, **arguments}, Context())))


def listed(owner: object) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = ask("destinations", owner=str(owner))["destinations"]
    return found


def die(stage: Stage, id_: UUID, *, verified: bool = True) -> None:
    stage.change(
        "update destinations set state = 'dead', dead_at = now(), last_error = 'http_410', last_error_at = now(),"
        f" failing_since = now() - interval '6 days', failures = 12, verified_at = {'now()' if verified else 'null'}"
        f" where id = '{id_}'"
    )


def hear(stage: Stage, report: DestinationReport) -> None:
    result = BatchResult(channel="webhook", lease_id=uuid4(), rows=[], destinations=[report])
    with stage.database.transaction() as connection:
        settle(connection, result)


def test_a_person_is_found_by_address_and_by_id_with_how_each_destination_fares(stage: Stage) -> None:
    person = somebody(stage)
    add_destination(stage, somebody(stage), "https://hooks.example.com/else", label="Another's")
    with ScriptedReceiver(lambda posted, _: status(410 if posted.path == "/gone" else 204)) as receiver:
        add_destination(stage, person, receiver.url("/good"), label="Build room")
        add_destination(stage, person, receiver.url("/gone"), label="Old room")
        stage.deliver(tell(stage, person), by=posting(stage, receiver.place))
    by_address = ask("destinations", owner=person.email.upper())
    assert by_address == ask("destinations", owner=str(person.id))
    assert by_address["owner"] == {"kind": "person", "id": str(person.id), "name": "Someone", "email": person.email}
    good, gone = sorted(by_address["destinations"], key=lambda each: str(each["label"]))
    assert (good["label"], good["state"], good["last_error"], good["failures"]) == ("Build room", "live", None, 0)
    assert good["last_ok_at"]
    assert (gone["state"], gone["last_error"], gone["last_ok_at"]) == ("dead", "http_410", None)
    assert gone["last_error_means"] == "the provider answered 410 Gone"
    assert gone["failing_since"]
    assert gone["dead_at"]


def test_neither_address_nor_secret_is_told(stage: Stage) -> None:
    person, team = somebody(stage), add_team(stage.database, members=1)
    add_destination(stage, person, "https://hooks.example.com/T0K3N")
    add_room(stage, team, "https://hooks.example.com/T0K3N")
    said = json.dumps([ask("destinations", owner=str(each)) for each in (person.id, team)])
    for word in ("T0K3N", "hooks.example.com", SECRET, "sealed", "fingerprint", "session", "verify_hash"):
        assert word not in said


@pytest.mark.parametrize("by", ["id", "name", "slug"])
def test_a_team_is_found_by_its_id_its_name_and_its_slug(stage: Stage, by: str) -> None:
    team = add_team(stage.database, members=1)
    add_room(stage, team, "https://hooks.example.com/a", types=("feedback.new", "issue.new"))
    add_room(stage, add_team_called(stage, "Others"), "https://hooks.example.com/b")
    answer = ask("destinations", owner={"id": str(team), "name": "cartographers", "slug": team.hex}[by])
    assert answer["owner"] == {"kind": "team", "id": str(team), "name": "Cartographers", "email": None}
    [room] = answer["destinations"]
    assert (room["label"], room["types"], room["user_id"]) == ("#alerts", ["feedback.new", "issue.new"], None)


def add_team_called(stage: Stage, name: str) -> UUID:
    team = add_team(stage.database, members=0)
    stage.change(f"update teams set name = '{name}' where id = '{team}'")
    return team


def test_what_does_not_exist_and_what_is_ambiguous_is_said_in_one_sentence(stage: Stage, capsys: Output) -> None:
    somebody(stage)
    first, second = add_team(stage.database, members=0), add_team(stage.database, members=0)
    nobody = uuid4()
    for owner, code, said in [
        ("nobody@people.example", NOT_FOUND, "nobody@people.example"),
        ("Geologists", NOT_FOUND, "there is no team Geologists"),
        (nobody, NOT_FOUND, f"there is no person and no team with the id {nobody}"),
        ("Cartographers", 2, "several have the name Cartographers: give an id, such as"),
    ]:
        assert owlpost("destinations", owner) == code
        told = capsys.readouterr().err
        assert said in told
    assert str(first) in told
    assert str(second) in told


def test_the_list_is_readable_at_80_columns_and_names_the_command_that_mends(stage: Stage, capsys: Output) -> None:
    person = somebody(stage)
    dead = add_destination(stage, person, "https://hooks.example.com/a", label="Where the builds of the night are told")
    die(stage, dead)
    assert owlpost("destinations", person.email) == 0
    printed = capsys.readouterr().out
    assert "Where the builds of the night are told (webhook, url): dead since 20" in printed
    assert "the provider answered 410 Gone (http_410)" in " ".join(printed.split())
    assert f"owlpost revive {dead}" in printed
    assert "12 times" in printed
    assert "  last success  none\n" in printed
    assert max(map(len, printed.splitlines())) <= 80
    assert owlpost("destinations", person.email, "--json") == 0
    assert json.loads(capsys.readouterr().out)["destinations"][0]["id"] == str(dead)


def test_a_dead_one_that_was_proven_lives_again_and_its_health_begins_anew(stage: Stage, capsys: Output) -> None:
    person = somebody(stage)
    id_ = add_destination(stage, person, "https://hooks.example.com/a", label="Build room")
    die(stage, id_)
    before = destination_row(stage, id_)
    assert owlpost("revive", id_) == 0
    printed = capsys.readouterr().out
    assert "Build room (webhook) is live again; it was dead since 20" in printed
    assert "owlpost redrive sends what failed" in printed
    row = destination_row(stage, id_)
    assert row["state"] == "live"
    gone = ("dead_at", "last_error", "last_error_at", "failing_since")
    assert [row[name] for name in gone] == [None] * 4
    assert row["failures"] == 0
    assert row["registered_at"] > before["registered_at"]
    assert row["verified_at"] == before["verified_at"]


def test_one_that_was_never_proven_is_unverified_again(stage: Stage, capsys: Output) -> None:
    id_ = add_destination(stage, somebody(stage), "https://hooks.example.com/a")
    die(stage, id_, verified=False)
    assert owlpost("revive", id_) == 0
    assert "It was never proven to be its owner's" in capsys.readouterr().out
    assert destination_row(stage, id_)["state"] == "unverified"


def test_what_was_sent_before_it_was_revived_does_not_kill_it_again(stage: Stage) -> None:
    id_ = add_destination(stage, somebody(stage), "https://hooks.example.com/a")
    die(stage, id_)
    died_at = destination_row(stage, id_)["dead_at"]
    ask("revive", id=str(id_))
    hear(stage, DestinationReport(id_, died_at, "http_410", "dead"))
    assert destination_row(stage, id_)["state"] == "live"
    later = destination_row(stage, id_)["registered_at"] + timedelta(seconds=1)
    hear(stage, DestinationReport(id_, later, "http_410", "dead"))
    assert destination_row(stage, id_)["state"] == "dead"


def test_it_is_told_of_what_comes_and_not_of_what_was_skipped(stage: Stage) -> None:
    person = somebody(stage)
    answers = [status(410), status(204)]
    with ScriptedReceiver(lambda _posted, _connection: answers.pop(0)) as receiver:
        id_ = add_destination(stage, person, receiver.url(), label="Build room")
        stage.change("update destinations set verified_at = now()")
        worker = posting(stage, receiver.place)
        [skipped] = tell(stage, person)
        stage.deliver([skipped], by=worker)
        assert destination_row(stage, id_)["state"] == "dead"
        ask("revive", id=str(id_))
        stage.deliver(tell(stage, person), by=worker)
        assert len(receiver.posted) == 2
    assert stage.row(skipped)["status"] == "skipped"
    assert destination_row(stage, id_)["state"] == "live"


@pytest.mark.parametrize("state", ["live", "off", "unverified"])
def test_what_is_not_dead_is_refused_with_a_sentence_and_stays_as_it_is(
    stage: Stage, capsys: Output, state: str
) -> None:
    id_ = add_destination(stage, somebody(stage), "https://hooks.example.com/a", state=state)
    before = destination_row(stage, id_)
    assert owlpost("revive", id_) == 2
    assert f"hooks is {state}, and only what is dead can be revived" in capsys.readouterr().err
    assert destination_row(stage, id_) == before


def test_an_unknown_id_is_refused(capsys: Output) -> None:
    assert owlpost("revive", uuid4()) == NOT_FOUND
    assert "no destination has the id" in capsys.readouterr().err


def test_reviving_is_kept_in_the_journal_and_looking_is_not(stage: Stage) -> None:
    id_ = add_destination(stage, somebody(stage), "https://hooks.example.com/a")
    die(stage, id_)
    ask("destinations", owner=str(destination_row(stage, id_)["user_id"]))
    ask("revive", id=str(id_), operator="ada")
    [act] = ask("journal")
    assert (act["who"], act["command"], act["arguments"], act["error"]) == ("ada", "revive", {"id": str(id_)}, None)


def test_the_last_test_is_told_with_how_it_ended(stage: Stage, capsys: Output) -> None:
    person = somebody(stage)
    add_destination(stage, person, "https://hooks.example.com/a")
    [delivery] = tell(stage, person)
    stage.change(f"update destinations set tested_at = now(), test_id = '{delivery}'")
    with stage.database.transaction() as connection:
        connection.execute(
            text("update notification_deliveries set status = 'failed', error = 'http_500' where id = :id"),
            {"id": delivery},
        )
    [found] = listed(person.id)
    assert (found["test_status"], found["test_error"]) == ("failed", "http_500")
    owlpost("destinations", person.id)
    assert "failed: the provider answered 500 Internal Server Error (http_500)" in " ".join(
        capsys.readouterr().out.split()
    )
