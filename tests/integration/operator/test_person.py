"""One person at one look: what they got, what they chose, where it goes, and what waits."""

import json
from typing import Any
from uuid import uuid4

import pytest

from functions import operate
from infra.cli.errors import NOT_FOUND
from infra.cli.main import main
from owlpost.domain.idempotency import Key
from owlpost.domain.outcomes import Sent
from tests.integration.operator.test_cli import in_process
from tests.integration.operator.test_direct_mails import CODE, mail
from tests.support.known_people import Known, known_person
from tests.support.services import dispatching
from tests.support.stage import Stage
from tests.support.wired import Context, Wired


@pytest.fixture(autouse=True)
def operating(wired: Wired) -> None:
    wired.as_function("operate")


def shown(user: object) -> Any:
    return json.loads(json.dumps(operate.handler({"command": "person", "user": str(user)}, Context())))


def test_a_person_is_shown_with_all_that_decides_about_them(stage: Stage) -> None:
    somebody = known_person(stage)
    known_person(stage, "bob")
    answer = shown(somebody.email.upper())
    assert (answer["id"], answer["sessions"]) == (str(somebody.id), 1)
    assert [(team["name"], team["role"]) for team in answer["teams"]] == [("Cartographers", "owner")]
    assert [each["reason"] for each in answer["suppressions"]] == ["complained"]
    assert [each["path"] for each in answer["changes"]] == ["/notifications/paused_until"]
    assert [each["token_end"] for each in answer["devices"]] == ["-token", "bardead"[-6:]]
    assert [(each["channel"], each["status"], each["deliveries"]) for each in answer["week"]] == [
        ("email", "sent", 1),
        ("in_app", "sent", 1),
        ("mobile_push", "pending", 1),
    ]
    assert [each["id"] for each in answer["pending"]] == [str(somebody.push)]
    assert {each["id"]: each["provider_ids"] for each in answer["latest"]}[str(somebody.mail)] == ["zanzibar-mail"]
    assert "zanzibar-token" not in json.dumps(answer)
    assert "bob" not in json.dumps(answer)


def test_codes_and_invitations_of_the_week_are_listed_without_what_they_said(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    somebody = known_person(stage)
    stage.change("update direct_mails set created_at = now()")
    mail(stage.database, Sent({"provider_id": "re-1"}), somebody.email)
    mail(stage.database, Sent({"provider_id": "re-2"}), "bo@people.example")
    stage.change(
        "update direct_mails set created_at = now() - interval '8 days' where provider_id is null and status = 'sent'"
    )
    listed = shown(somebody.id)["direct_mails"]
    assert [(each["type"], each["provider_id"]) for each in listed] == [("verification_code", "re-1")]
    capsys.readouterr()
    assert main(["person", somebody.email], connect=in_process) == 0
    printed = capsys.readouterr().out
    assert "Mailed directly in a week" in printed
    assert "A code to sign in" in printed
    assert CODE not in printed + json.dumps(shown(somebody.id))


def told(stage: Stage, person: Known, number: int) -> None:
    body = {"type": "job.completed", "recipients": {"user_ids": [str(person.id)]}, "title": "Done"}
    dispatch = dispatching(stage.database, stage.queues, stage.clock)
    for _ in range(number):
        dispatch.enqueue(body, platform_key=Key("lambda", str(uuid4())))


def test_a_week_is_seven_days(stage: Stage) -> None:
    somebody = known_person(stage)
    told(stage, somebody, 2)
    old = "update notifications set created_at = now() - make_interval(days => :days) where type = 'job.completed'"
    stage.change(old, days=5)  # the stage is a day behind
    kinds = {each["type"] for each in shown(somebody.id)["week"]}
    assert kinds == {each["type"] for each in shown(somebody.id)["latest"]} == {"feedback.new", "job.completed"}
    stage.change(old, days=8)
    answer = shown(somebody.id)
    assert {each["type"] for each in answer["week"]} == {each["type"] for each in answer["latest"]} == {"feedback.new"}
    assert {each["type"] for each in answer["pending"]} == {"feedback.new", "job.completed"}, "of any age"


def test_lists_are_bounded_and_the_sums_of_the_week_are_not(stage: Stage) -> None:
    somebody = known_person(stage)
    told(stage, somebody, 21)
    stage.change(
        "insert into preference_changes (user_id, at, path, after, by)"
        " select :id, clock_timestamp() + make_interval(secs => n), '/notifications/' || n, 'true', 'person'"
        " from generate_series(1, 30) n",
        id=somebody.id,
    )
    answer = shown(somebody.id)
    assert {name: len(answer[name]) for name in ("latest", "pending", "changes")} == {
        "latest": 20,
        "pending": 20,
        "changes": 20,
    }
    assert [each["path"] for each in answer["changes"][:2]] == ["/notifications/30", "/notifications/29"]
    sums = {each["channel"]: each["deliveries"] for each in answer["week"] if each["type"] == "job.completed"}
    assert sums == {"email": 21, "in_app": 21, "mobile_push": 21}


def test_a_push_has_an_id_of_its_provider_for_each_device(stage: Stage) -> None:
    somebody = known_person(stage)
    devices = {"a": {"id": "apns-1", "platform": "ios"}, "b": {"id": None, "platform": "android"}}
    stage.adapter.script = lambda _delivery: Sent({"devices": devices})
    stage.deliver([somebody.push], by=stage.worker("mobile_push"))
    assert {each["id"]: each["provider_ids"] for each in shown(somebody.id)["latest"]}[str(somebody.push)] == ["apns-1"]


def test_the_command_line_shows_a_person_and_suggests_one_for_a_slip(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    somebody = known_person(stage)
    capsys.readouterr()
    assert main(["person", somebody.email], connect=in_process) == 0
    said = capsys.readouterr().out
    for words in (
        "owner of Cartographers",
        "Open sessions: 1",
        "complained",
        "…-token",
        "zanzibar-mail",
        str(somebody.push),
    ):
        assert words in said
    assert main(["person", "zanzibaa@people.example"], connect=in_process) == NOT_FOUND
    assert "did you mean zanzibar@people.example" in capsys.readouterr().err
