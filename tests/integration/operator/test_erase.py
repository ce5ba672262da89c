"""After erasing, nothing in the database names the person, and nothing that is still on its way brings them back."""

import json
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from functions import operate
from infra.cli.main import main
from owlpost.db.delivery import mail_events, suppressions
from owlpost.db.operator import audit
from owlpost.domain.errors import TransientFault
from owlpost.domain.mail_events import Fate, MailEvent
from owlpost.domain.outcomes import Outcome, Retry, Sent
from owlpost.services.delivery.settlement import Done
from tests.integration.operator.test_cli import in_process
from tests.support.known_people import EVERY_TABLE, known_person, rows_with
from tests.support.people import add_person
from tests.support.stage import Stage
from tests.support.wired import Context, Wired

BOB = "bob"


@pytest.fixture(autouse=True)
def operating(wired: Wired) -> None:
    wired.as_function("operate")


def ask(command: str, **arguments: object) -> Any:
    return json.loads(json.dumps(operate.handler({"command": command, **arguments}, Context())))


def erase(user: object, **arguments: object) -> Any:
    return ask("erase_person", user=str(user), operator="ada", **arguments)


def left(stage: Stage, *words: object) -> dict[str, int]:
    with stage.database.transaction() as connection:
        return rows_with(connection, *words)


def by_table(certificate: Any) -> dict[str, tuple[int, int]]:
    return {each["table"]: (each["before"], each["after"]) for each in certificate["tables"]}


def test_nothing_that_names_the_person_is_left_and_the_certificate_counts_it(stage: Stage) -> None:
    somebody, other = known_person(stage), known_person(stage, BOB)
    others = left(stage, BOB, other.id)
    certificate = erase(somebody.email)
    tables = by_table(certificate)
    assert set(tables) == EVERY_TABLE
    assert all(before > 0 for before, _ in tables.values()), tables
    assert {table for table, (_, after) in tables.items() if after} == {"security_events"}
    assert left(stage, "zanzibar") == {}
    assert set(left(stage, somebody.id)) == {"security_events"}
    assert left(stage, BOB, other.id) == others
    (mail,) = (each for each in certificate["providers"] if each["recipient"] == "email")
    assert (mail["messages"], mail["ids"]) == (1, ["zanzibar-mail"])
    assert certificate["goes_with_the_account"] == ["team_members"]
    assert len(certificate["teams_without_an_owner"]) == 1
    assert str(somebody.id) not in json.dumps(certificate)
    assert "zanzibar@" not in json.dumps(certificate)


def test_a_dry_run_counts_the_same_and_changes_nothing(stage: Stage) -> None:
    somebody = known_person(stage)
    before = left(stage, "zanzibar", somebody.id)
    dry = erase(somebody.email, dry_run=True)
    assert left(stage, "zanzibar", somebody.id) == before
    real = erase(somebody.email)
    assert by_table(dry) == by_table(real)
    assert (dry["person"], dry["dry_run"], real["dry_run"]) == (real["person"], True, False)


def test_the_requests_still_balance(stage: Stage) -> None:
    somebody = known_person(stage)
    erase(somebody.id)
    with stage.database.transaction() as connection:
        sums = audit.balance(connection, since=stage.clock().replace(year=2000), overdue_before=stage.clock(), listed=9)
    assert (sums["requests"], sums["off_balance"], sums["duplicates"]) == (1, 0, 0)


def test_messages_of_theirs_end_and_a_worker_in_the_middle_records_nothing(stage: Stage) -> None:
    somebody = known_person(stage)

    def erase_meanwhile(_delivery: object) -> Outcome:
        erase(somebody.id)
        return Sent({"provider_id": "late", "message": "to zanzibar"})

    stage.adapter.script = erase_meanwhile
    stage.deliver([somebody.push], by=stage.worker("mobile_push"))
    assert left(stage, "zanzibar", "late") == {}
    fates = stage.deliver([somebody.push], by=stage.worker("mobile_push"))
    assert fates == {somebody.push: Done()}
    with stage.database.transaction() as connection:
        ended = connection.execute(text("select channel, status, error from notification_deliveries order by channel"))
        assert [tuple(row) for row in ended] == [
            ("email", "sent", None),
            ("in_app", "sent", None),
            ("mobile_push", "skipped", "erased"),
        ]


def test_a_late_event_of_a_provider_brings_no_address_back_and_the_address_stays_suppressed(stage: Stage) -> None:
    somebody = known_person(stage)
    stage.change("delete from email_suppressions")
    erase(somebody.id)
    event = MailEvent(
        fate=Fate.COMPLAINED,
        at=stage.clock(),
        delivery_id=somebody.mail,
        addresses=(somebody.email,),
        detail={"message": f"{somebody.email} is annoyed"},
        suppresses="complained",
    )
    with stage.database.transaction() as connection:
        assert not mail_events.record(connection, event)
        suppressions.suppress(connection, event, event_id="late")
    assert left(stage, "zanzibar") == {}
    with stage.database.transaction() as connection:
        again = add_person(connection, email="Zanzibar@people.example")
    assert forecast(again.id) == "suppressed"


def forecast(user_id: UUID) -> str:
    channels = ask("explain_person", user=str(user_id), type="feedback.new")["channels"]
    return str(next(each["rule"] for each in channels if each["channel"] == "email"))


def test_who_complained_is_not_mailed_again_after_erasure_until_they_ask_for_it(stage: Stage) -> None:
    erase(known_person(stage).id)
    (row,) = ask("suppressions")["suppressions"]
    assert row["address"].startswith("erased:")
    with stage.database.transaction() as connection:
        again = add_person(connection, email="Zanzibar@people.example")
    assert forecast(again.id) == "suppressed"
    (delivery_id,) = stage.tell(1)
    stage.change("update notifications set user_id = :id", id=again.id)
    stage.deliver([delivery_id])
    assert stage.row(delivery_id)["error"] == "suppressed"
    ask("release", address="zanzibar@people.example")
    assert forecast(again.id) == "default_on"


def test_a_batch_that_its_provider_may_have_waits_for_its_end_and_the_others_are_sent(stage: Stage) -> None:
    mine, other = stage.tell(2)
    stage.adapter.script = lambda _delivery: Retry(TransientFault("timeout", ambiguous=True))
    stage.deliver([mine, other])
    user_id = owner(stage, mine)
    certificate = erase(user_id)
    assert certificate["in_flight"] == 1
    assert by_table(certificate)["notifications"] == (1, 1)
    stage.adapter.script = lambda _delivery: Sent()
    stage.clock.advance(minutes=2)
    stage.deliver([mine, other])
    assert stage.row(other)["status"] == "sent"
    assert by_table(erase(user_id))["notifications"] == (1, 0)


def test_a_batch_that_was_refused_goes_on_without_them(stage: Stage) -> None:
    mine, other = stage.tell(2)
    stage.adapter.script = lambda _delivery: Retry(TransientFault("rate_limited", counts=False))
    stage.deliver([mine, other])
    assert erase(owner(stage, mine))["in_flight"] == 0
    assert stage.row(other)["batch_id"] is None
    stage.adapter.script = lambda _delivery: Sent()
    stage.clock.advance(minutes=2)
    stage.deliver([other])
    assert stage.row(other)["status"] == "sent"


def owner(stage: Stage, delivery_id: UUID) -> UUID:
    with stage.database.transaction() as connection:
        found = connection.execute(
            text(
                "select n.user_id from notifications n join notification_deliveries d on d.notification_id = n.id"
                " where d.id = :id"
            ),
            {"id": delivery_id},
        )
        return UUID(str(found.scalar_one()))


def test_an_address_without_an_account_is_erased_and_an_unknown_one_gets_a_suggestion(stage: Stage) -> None:
    known_person(stage, BOB)
    stage.change("insert into sign_in_attempts (kind, email) values ('send', 'stranger@people.example')")
    tables = by_table(erase("Stranger@people.example"))
    assert {table: rows for table, rows in tables.items() if rows[0]} == {"sign_in_attempts": (1, 0)}
    assert "did you mean bob@people.example" in erase("bop@people.example")["error"]["message"]
    assert erase(uuid4())["error"]["kind"] == "not_found"


def test_an_address_that_is_somebody_elses_now_is_left_to_them(stage: Stage) -> None:
    somebody = known_person(stage)
    with stage.database.transaction() as connection:
        connection.execute(text("update users set email = 'new@people.example' where id = :id"), {"id": somebody.id})
        add_person(connection, email=somebody.email)
    tables = by_table(erase(somebody.id))
    assert tables["notifications"] == (1, 0)
    assert (tables["email_suppressions"], tables["sign_in_attempts"]) == ((0, 0), (0, 0))


@pytest.mark.own_database
def test_a_table_of_the_host_that_refers_to_the_account_forbids_it_and_nothing_is_erased(stage: Stage) -> None:
    somebody = known_person(stage)
    stage.change("create table invoices (user_id uuid references users (id))")
    stage.change("insert into invoices values (:id)", id=somebody.id)
    before = left(stage, "zanzibar")
    error = erase(somebody.id)["error"]
    assert error["kind"] == "invalid_request"
    assert "the host's table invoices" in error["message"]
    assert left(stage, "zanzibar") == before


def test_the_trail_says_that_it_was_done_and_not_to_whom(stage: Stage) -> None:
    somebody = known_person(stage)
    certificate = erase(somebody.email)
    trail = [each for each in ask("security")["events"] if each["kind"] in {"operator", "person_erased"}]
    assert [each["detail"] for each in reversed(trail)] == [{"act": "erase_person"}, {"person": certificate["person"]}]
    assert {each["actor"] for each in trail} == {"operator:ada"}


def test_the_command_line_prints_the_certificate_as_json(stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    somebody = known_person(stage)
    capsys.readouterr()
    assert main(["erase", somebody.email, "--dry-run"], connect=in_process) == 0
    assert json.loads(capsys.readouterr().out)["dry_run"] is True
    assert main(["erase", somebody.email], connect=in_process) == 0
    assert json.loads(capsys.readouterr().out)["dry_run"] is False
