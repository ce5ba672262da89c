"""Codes, invitations and warnings pass no queue: an operator sees what became of each, and never what it said."""

import json
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from functions import operate
from owlpost.channels.email.direct import SentAtOnce, templates
from owlpost.db.session import Database
from owlpost.domain.clock import utc_now
from owlpost.domain.direct_mails import DIRECT_MAILS, DirectMailOutcome
from owlpost.domain.errors import OwlpostError, TransientFault
from owlpost.domain.guest_list import GuestList
from owlpost.domain.outcomes import Failed, Outcome, Retry, Sent
from owlpost.services.guest_mail import MailToGuests
from owlpost.services.mail_records import MailRecords
from tests.integration.operator.test_content import Postbox
from tests.support.people import add_person
from tests.support.stage import Stage
from tests.support.wired import Context, Wired

CODE = "246813"


@pytest.fixture(autouse=True)
def operating(wired: Wired) -> None:
    wired.as_function("operate")


class Answering(Postbox):
    """A Postbox whose answer a test gives."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__()
        self.outcome = outcome

    def send(self, *_mails: Any, **_kept: Any) -> list[Outcome]:
        return [self.outcome]


def mail(database: Database, outcome: Outcome, to: str = "Ada@people.example", *, key: str | None = None) -> None:
    """Mail a code, whatever the caller is told."""
    direct = SentAtOnce(Answering(outcome), "https://owl.example.org", utc_now, MailRecords(database).keep)
    try:
        direct.send(to, "verification_code", {"code": CODE, "minutes": 10}, key=key)
    except OwlpostError:
        return


def asked(command: str, **more: object) -> Any:
    answer = json.loads(json.dumps(operate.handler({"command": command, **more}, Context())))
    assert "error" not in answer, answer
    return answer


@pytest.mark.parametrize(
    ("outcome", "status", "error", "provider_id"),
    [
        (Sent({"provider_id": "re-1"}), "sent", None, "re-1"),
        (Sent(), "sent", None, None),
        (Failed("validation_error"), "failed", "validation_error", None),
        (Retry(TransientFault("http_503")), "failed", "http_503", None),
        (Retry(TransientFault("timeout", ambiguous=True)), "failed", "outcome_unknown", None),
    ],
)
def test_a_code_is_listed_with_what_became_of_it_and_without_the_code(
    stage: Stage, outcome: Outcome, status: str, error: str | None, provider_id: str | None
) -> None:
    mail(stage.database, outcome)
    (listed,) = asked("deliveries", user="ada@people.example")
    assert (listed["type"], listed["channel"], listed["recipient"]) == (
        "verification_code",
        "email",
        "ada@people.example",
    )
    assert (listed["status"], listed["error"], listed["provider_id"]) == (status, error, provider_id)
    assert listed["created_at"]
    told = asked("explain_delivery", delivery_id=listed["id"], content=True)
    assert provider_id is None or provider_id in " ".join(told["sentences"])
    assert error is None or error in " ".join(told["sentences"])
    assert "is not kept" in told["content"]["said"]
    with stage.database.transaction() as connection:
        rows = connection.execute(text("select cast(to_jsonb(m) as text) from direct_mails m")).scalars().all()
    assert CODE not in json.dumps([listed, told, list(rows)])


def test_a_repeat_under_a_key_that_an_earlier_mail_used_is_no_mail(stage: Stage) -> None:
    mail(stage.database, Failed("outcome_unknown"), key="once")
    assert asked("deliveries", type="verification_code") == []


def test_direct_mails_stand_among_deliveries_by_time_and_are_selected_as_they_are(stage: Stage) -> None:
    stage.tell()
    mail(stage.database, Sent())
    mail(stage.database, Failed("validation_error"), "bo@people.example")
    listed = [each["type"] for each in asked("deliveries", channel="email")]
    assert sorted(listed) == ["feedback.new", "verification_code", "verification_code"]
    assert [each["recipient"] for each in asked("deliveries", status="failed")] == ["bo@people.example"]
    assert [each["recipient"] for each in asked("deliveries", error="validation_error")] == ["bo@people.example"]
    assert len(asked("deliveries", type="verification_code")) == 2
    assert len(asked("deliveries", type="verification_code", limit=1)) == 1
    assert {each["type"] for each in asked("deliveries", channel="in_app")} == {"feedback.new"}
    assert asked("deliveries", request_id=str(uuid4())) == []
    assert asked("deliveries", type="verification_code", since="2030-01-01T00:00:00Z") == []
    assert len(asked("deliveries", limit=1)) == 1
    ids = [each["id"] for each in asked("deliveries")]
    assert ids == sorted(ids, reverse=True)


def test_a_person_is_found_by_id_in_any_spelling_of_their_address(stage: Stage) -> None:
    with stage.database.transaction() as connection:
        somebody = add_person(connection, email="Ada@Bücher.example")
    mail(stage.database, Sent(), "ada@xn--bcher-kva.example")
    for user in (str(somebody.id), "ada@bücher.example", "ada@xn--bcher-kva.example"):
        assert [each["type"] for each in asked("deliveries", user=user)] == ["verification_code"]


def test_who_is_not_on_the_guest_list_is_listed_as_skipped(stage: Stage) -> None:
    records = MailRecords(stage.database)
    direct = SentAtOnce(Answering(Sent()), "https://owl.example.org", utc_now, records.keep)
    guests = MailToGuests(direct, GuestList.parse("@example.org"), records.keep)
    guests.send("ada@people.example", "verification_code", {"code": CODE, "minutes": 10})
    (listed,) = asked("deliveries", type="verification_code")
    assert (listed["status"], listed["error"], listed["attempts"]) == ("skipped", "not_on_guest_list", 0)


@pytest.mark.own_database
def test_a_mail_that_cannot_be_recorded_is_out_all_the_same(stage: Stage) -> None:
    stage.change("drop table direct_mails")
    MailRecords(stage.database).keep(DirectMailOutcome("verification_code", "ada@people.example", "sent"))


def test_each_template_has_a_name_but_that_of_alerts() -> None:
    assert {*DIRECT_MAILS, "job_alert"} == set(templates())


def test_what_is_no_mail_is_not_found(stage: Stage) -> None:
    mail(stage.database, Sent())
    answer = operate.handler({"command": "explain_delivery", "delivery_id": str(UUID(int=7))}, Context())
    assert answer["error"]["kind"] == "not_found"
