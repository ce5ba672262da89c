"""What an operator sees at one look, and who sends what to whom."""

import json
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from functions import operate
from infra.cli import target
from infra.cli.main import main
from owlpost.db.migrate import migrate, newest_migration
from owlpost.domain.explanations import explain
from owlpost.domain.outcomes import Failed
from owlpost.queue_messages import Message
from owlpost.services.operator.overview import Now
from tests.support.people import add_person
from tests.support.services import sweeping
from tests.support.stage import Stage
from tests.support.wired import Context, Wired


class InProcess:
    """Invokes the function as Lambda would: JSON in, JSON out."""

    def operate(self, command: Any) -> Any:
        return target.checked(answer(**command))


@pytest.fixture(autouse=True)
def operating(wired: Wired) -> None:
    wired.as_function("operate")


def answer(**command: object) -> Any:
    return json.loads(json.dumps(operate.handler(command, Context())))


def look() -> Any:
    return answer(command="now")


def owlpost(*arguments: str) -> int:
    return main(arguments, connect=lambda _options: InProcess())


def as_of_now(stage: Stage) -> None:
    """The stage has a clock of its own; the function looks back from the server's."""
    stage.change("update notification_deliveries set created_at = clock_timestamp(), attempted_at = clock_timestamp()")


def test_an_installation_at_rest_needs_nobody(capsys: pytest.CaptureFixture[str]) -> None:
    overview = look()
    assert overview["attention"] == []
    assert abs(overview["clock_skew_seconds"]) < 5
    assert owlpost("now") == 0
    assert "All is well." in capsys.readouterr().out


def test_deliveries_are_counted_by_channel_status_and_reason_with_the_rate_and_what_is_left(stage: Stage) -> None:
    sent, failed, _pending = stage.tell(3)
    stage.deliver([sent])
    stage.adapter.script = lambda _delivery: Failed("validation_error")
    stage.deliver([failed])
    as_of_now(stage)
    overview = look()
    mails = [each for each in overview["statuses"] if each["channel"] == "email"]
    counts = {(each["status"], each["error"]): each["deliveries"] for each in mails}
    assert counts == {("sent", None): 1, ("failed", "validation_error"): 1, ("pending", None): 1}
    (email,) = (each for each in overview["channels"] if each["load"]["channel"] == "email")
    assert (email["load"]["pending"], email["load"]["due"], email["load"]["sent_lately"]) == (1, 1, 1)
    assert email["out_in_seconds"] == 60
    by = datetime.fromisoformat(overview["at"]) + timedelta(seconds=email["out_in_seconds"])
    assert datetime.fromisoformat(email["out_by"]) == by


def test_a_request_under_way_shows_its_words_so_that_wrong_ones_are_seen(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    stage.tell(2)
    (under_way,) = look()["under_way"]
    assert under_way["title"] == "Hello"
    owlpost("now")
    printed = capsys.readouterr().out
    (line,) = (each for each in printed.splitlines() if under_way["id"] in each)
    assert "Hello" in line
    assert "owlpost recall REQUEST takes one back" in printed


def test_an_address_that_just_stopped_getting_mail_is_named_with_what_lets_mail_go_there_again(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    stage.change(
        "insert into email_suppressions (address, reason, created_at) values"
        " ('ada@people.example', 'bounced', clock_timestamp()),"
        " ('old@people.example', 'bounced', clock_timestamp() - interval '2 hours')"
    )
    overview = look()
    assert [(each["address"], each["reason"]) for each in overview["suppressed"]] == [("ada@people.example", "bounced")]
    assert overview["attention"] == []  # one person is nobody's incident
    assert owlpost("now") == 0
    printed = capsys.readouterr().out
    assert "ada@people.example (bounced)" in printed
    assert "owlpost release ADDRESS" in printed
    assert "old@people.example" not in printed


def test_what_failed_or_was_skipped_stands_beside_what_to_do_about_it(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    (failed,) = stage.tell()
    stage.adapter.script = lambda _delivery: Failed("validation_error")
    stage.deliver([failed])
    as_of_now(stage)
    owlpost("now")
    (line,) = (each for each in capsys.readouterr().out.splitlines() if "validation_error" in each)
    assert explain("validation_error").remedy in line


def test_dead_letters_overdue_deliveries_and_paused_providers_need_somebody(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    stage.tell()
    stage.change("update notification_deliveries set created_at = now() - interval '2 hours' where status = 'pending'")
    stage.queues.send("requests-dlq", [Message("{}")])
    stage.change(
        "insert into provider_pauses (channel, provider, reason, opened_at, probe_at)"
        " values ('email', 'resend', 'invalid_api_key', now(), now())"
    )
    attention = "\n".join(look()["attention"])
    assert "About 1 dead letter in requests-dlq: owlpost dead-letters requests." in attention
    assert "1 delivery of email should have ended an hour ago" in attention
    assert "email waits for resend since" in attention
    capsys.readouterr()
    assert owlpost("now") == 1
    assert "! About 1 dead letter in" in capsys.readouterr().out
    assert owlpost("now", "--json") == 1


def test_it_names_the_schema_the_last_sweep_and_the_provider_that_refuses(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    migrate(stage.database)
    stage.change("delete from schedule_runs where name = 'sweep'")
    assert look()["versions"]["last_sweep"] is None
    sweeping(stage.database, stage.queues, stage.clock).run()
    versions = look()["versions"]
    assert versions["schema"] == versions["code"] == newest_migration()
    assert versions["last_sweep"] is not None
    stage.change(
        "insert into provider_pauses (channel, provider, reason, opened_at, probe_at)"
        " values ('email', 'resend', 'invalid_api_key', now(), now())"
    )
    owlpost("now")
    shown = capsys.readouterr().out
    assert f"Schema {newest_migration()}" in shown
    assert "which says" in shown


def test_code_that_is_ahead_of_the_schema_needs_somebody(stage: Stage) -> None:
    stage.change("delete from schedule_runs")
    stage.change("insert into schedule_runs (name, detail) values ('migrate', '0001_tables.sql')")
    (sentence,) = look()["attention"]
    assert f"this code is of {newest_migration()}" in sentence


def test_a_brake_that_holds_needs_somebody(stage: Stage) -> None:
    stage.change(
        "insert into holds (producer, reason, created_by, by_brake) values ('billing', 'brake', 'owlpost', true)"
    )
    (sentence,) = look()["attention"]
    assert sentence.startswith("The brake holds what producer billing sends too much since")
    assert owlpost("now", "--json") == 1


class TwoLooks(InProcess):
    """Somebody presses Ctrl-C after the second look."""

    def __init__(self) -> None:
        self.looks = 0

    def operate(self, command: Any) -> Any:
        self.looks += 1
        if self.looks > 2:
            raise KeyboardInterrupt
        return super().operate(command)


def test_watching_looks_again_until_it_is_interrupted(capsys: pytest.CaptureFixture[str]) -> None:
    watched = TwoLooks()
    assert main(["now", "--watch", "--every", "0.1"], connect=lambda _options: watched) == 130
    assert capsys.readouterr().out.count("All is well.") == 2


def test_a_clock_that_is_wrong_needs_somebody(stage: Stage) -> None:
    (sentence,) = Now(stage.database, stage.queues, lambda: stage.clock() + timedelta(hours=1)).look().attention
    assert "clock differs from the database's by 3600" in sentence


def test_requests_are_listed_newest_first_with_what_they_wrote(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    stage.tell(2)
    since = (stage.clock() - timedelta(hours=1)).isoformat()
    (request,) = answer(command="requests", since=since)
    assert (request["type"], request["notifications"], request["is_unfinished"]) == ("feedback.new", 2, False)
    assert request["deliveries"]["email"] == 2
    assert len(answer(command="deliveries", request_id=request["id"])) == 6
    assert answer(command="requests", since=since, type="issue.new") == []
    assert (
        "did you mean feedback.new" in answer(command="requests", since=since, type="feedback.nwe")["error"]["message"]
    )
    capsys.readouterr()
    assert owlpost("requests", "--since", since) == 0
    assert request["id"] in capsys.readouterr().out


def test_a_persons_devices_are_listed_without_their_tokens(stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    token = uuid4().hex * 2
    with stage.database.transaction() as connection:
        somebody = add_person(connection, email="ada@people.example", device=token)
    shown = answer(command="devices", user="ADA@people.example")
    assert shown["user"]["id"] == str(somebody.id)
    (device,) = shown["devices"]
    assert (device["platform"], device["token_end"]) == ("ios", token[-6:])
    assert token not in json.dumps(shown)
    assert answer(command="devices", user=str(uuid4()))["error"]["kind"] == "not_found"
    capsys.readouterr()
    assert owlpost("devices", "ada@people.example") == 0
    assert device["id"] in capsys.readouterr().out


def test_a_device_that_died_lately_is_listed_with_the_time_of_its_death(stage: Stage) -> None:
    with stage.database.transaction() as connection:
        add_person(connection, email="ada@people.example", device=uuid4().hex)
    columns = (
        "id, user_id, channel, platform, token, environment, app_version, device_model, os_version, last_seen_at, created_at,"
        " registered_at"
    )
    stage.change(f"insert into retired_devices ({columns}, retired_at) select {columns}, now() from user_devices")
    (living,) = answer(command="devices", user="ada@people.example")["devices"]
    assert living["retired_at"] is None
    stage.change("delete from user_devices")
    (dead,) = answer(command="devices", user="ada@people.example")["devices"]
    assert dead["retired_at"] is not None
    assert owlpost("devices", "ada@people.example") == 0


@pytest.mark.parametrize(("ahead", "told"), [(0, 0.0), (90, 85.0), (-90, -85.0)])
def test_what_the_way_of_an_answer_can_explain_is_no_skew_of_the_clock(stage: Stage, ahead: int, told: float) -> None:
    """A database that wakes up answers late: here five seconds after it was asked, and five before the answer is there."""
    times = iter([stage.clock() + timedelta(seconds=ahead + late) for late in (-5, 5)])
    found = Now(stage.database, stage.queues, lambda: next(times)).look()
    assert found.clock_skew_seconds == pytest.approx(told, abs=1)
    assert any("clock differs" in line for line in found.attention) is bool(ahead)
