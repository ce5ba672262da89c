"""A role that the host changed: told as a fact, recorded once, and mailed to the member by the function `alert`."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from functions import alert, enqueue
from infra.local.providers.faults import Fault
from infra.local.providers.server import Options, Providers
from owlpost.db.session import Database
from owlpost.domain.errors import IdempotencyConflict, InvalidRequest
from owlpost.domain.refusals import Unavailable
from owlpost.invocations import Invocations
from owlpost.queue import Queues
from owlpost.queue_messages import Message
from owlpost.sandbox import current
from owlpost.wiring.enqueue import invocations
from tests.support.fake_lambda import FakeLambda
from tests.support.people import Person, add_person
from tests.support.queue_reading import dead_letter_reasons, take
from tests.support.wired import Context, Wired, sqs_event

NOBODY = "01940000-0000-7000-8000-00000000dead"
AT = "2026-11-29T03:00:00+01:00"


@pytest.fixture
def lambda_api(wired: Wired) -> Iterator[FakeLambda]:
    wired.as_function("enqueue")
    with FakeLambda() as fake:
        current().provide(invocations, Invocations(fake.client, {"alert": "owlpost-alert"}))
        yield fake


@pytest.fixture
def member(database: Database) -> Person:
    with database.transaction() as connection:
        return add_person(connection)


@pytest.fixture
def team(database: Database, member: Person) -> UUID:
    return add_team_of(database, member)


def add_team_of(database: Database, member: Person, *, name: str = "Cartographers") -> UUID:
    team_id = uuid4()
    with database.transaction() as connection:
        connection.execute(
            text("insert into teams (id, name, slug) values (:id, :name, :slug)"),
            {"id": team_id, "name": name, "slug": team_id.hex},
        )
        connection.execute(
            text("insert into team_members (team_id, user_id, role) values (:team_id, :user_id, 'admin')"),
            {"team_id": team_id, "user_id": member.id},
        )
    return team_id


def changed(member: Person, team: UUID, **more: object) -> dict[str, Any]:
    fact = {
        "user_id": str(member.id),
        "team_id": str(team),
        "role": "admin",
        "previous_role": "member",
        "changed_at": AT,
    }
    return {"happened": "member_role_changed", "fact": {**fact, **more}}


def invoke(event: object) -> dict[str, Any]:
    return enqueue.handler(event, Context())


def receive(queues: Queues, *events: object) -> dict[str, Any]:
    queues.send("requests", [Message(json.dumps(event)) for event in events])
    return enqueue.handler(sqs_event("requests", take(queues, "requests")), Context())


def write_to_outbox(database: Database, event: object) -> None:
    with database.transaction() as connection:
        connection.execute(text("select owlpost_enqueue(cast(:event as jsonb))"), {"event": json.dumps(event)})


def counts(database: Database) -> tuple[int, int]:
    """How many events of the trail and how many receipts there are."""
    with database.transaction() as connection:
        row = connection.execute(
            text("select (select count(*) from security_events), (select count(*) from notification_requests)")
        ).one()
    return row[0], row[1]


def test_a_changed_role_is_in_the_trail_and_its_mail_is_started(
    database: Database, lambda_api: FakeLambda, member: Person, team: UUID
) -> None:
    with database.transaction() as connection:
        chief = add_person(connection)
    answer = invoke(changed(member, team, changed_by=str(chief.id)))
    assert [result["duplicate"] for result in answer["requests"]] == [False]
    [(function, kind, event)] = lambda_api.started
    assert (function, kind) == ("owlpost-alert", "Event")
    about = event["member_role_changed"]
    assert (about["to"], about["team"], about["by"]) == (member.email, "Cartographers", "Someone")
    assert (about["previous_role"], about["role"], about["at"]) == ("member", "admin", "2026-11-29T02:00:00Z")
    with database.transaction() as connection:
        mail = connection.execute(text("select template, address, status from direct_mails")).one()
        row = connection.execute(text("select kind, actor, detail, created_at from security_events")).one()
    assert tuple(mail) == ("role_changed", member.email.lower(), "started")
    assert (row.kind, row.actor) == ("role_changed", str(chief.id))
    assert row.detail == {
        "user_id": str(member.id),
        "team_id": str(team),
        "role": "admin",
        "previous_role": "member",
        "changed_at": "2026-11-29T02:00:00Z",
    }
    assert row.created_at <= datetime.now(UTC)
    assert member.email not in str(row)


def test_a_change_is_told_once_whichever_way_it_comes(
    database: Database, queues: Queues, lambda_api: FakeLambda, member: Person, team: UUID
) -> None:
    first = invoke(changed(member, team))["requests"][0]
    assert receive(queues, changed(member, team, changed_at="2026-11-29T02:00:00Z")) == {"batchItemFailures": []}
    write_to_outbox(database, changed(member, team))
    assert invoke({"drain_outbox": True}) == {"drained": True}
    again = invoke(changed(member, team))["requests"][0]
    assert (again["duplicate"], again["request_id"]) == (True, first["request_id"])
    assert len(lambda_api.started) == 1
    assert counts(database) == (1, 1)


def test_the_next_change_of_the_same_member_is_told_as_well(
    database: Database, lambda_api: FakeLambda, member: Person, team: UUID
) -> None:
    invoke(changed(member, team))
    back = {"role": "member", "previous_role": "admin", "changed_at": "2026-11-29T04:00:00Z"}
    invoke(changed(member, team, **back))
    assert len(lambda_api.started) == 2
    assert counts(database) == (2, 2)


def test_another_role_at_the_same_moment_is_refused_and_the_first_stands(
    database: Database, queues: Queues, lambda_api: FakeLambda, member: Person, team: UUID
) -> None:
    invoke(changed(member, team))
    with pytest.raises(IdempotencyConflict):
        invoke(changed(member, team, role="owner"))
    write_to_outbox(database, changed(member, team, role="owner"))
    invoke({"drain_outbox": True})
    [reason] = dead_letter_reasons(queues, "requests")
    assert reason.startswith("idempotency_key: ")
    assert len(lambda_api.started) == 1
    assert counts(database) == (1, 1)


def test_a_change_written_in_the_hosts_transaction_is_told_after_its_commit(
    database: Database, lambda_api: FakeLambda, member: Person, team: UUID
) -> None:
    write_to_outbox(database, changed(member, team))
    assert lambda_api.started == []
    invoke({"drain_outbox": True})
    assert [event["member_role_changed"]["to"] for _, _, event in lambda_api.started] == [member.email]
    assert counts(database) == (1, 1)


def test_the_same_role_as_before_tells_nobody(
    database: Database, lambda_api: FakeLambda, member: Person, team: UUID
) -> None:
    assert invoke(changed(member, team, role="member"))["silent"] == "the role is the same as before"
    assert lambda_api.started == []
    assert counts(database) == (0, 0)


@pytest.mark.parametrize(
    ("change", "field", "problem"),
    [
        ({"role": "king"}, "fact.role", "'owner', 'admin' or 'member'"),
        ({"previous_role": None}, "fact.previous_role", "'owner', 'admin' or 'member'"),
        ({"user_id": NOBODY}, "fact.user_id", "is the id of no person"),
        ({"user_id": "ada"}, "fact.user_id", "UUID"),
        ({"team_id": NOBODY}, "fact.team_id", "is the id of no team"),
        ({"changed_by": NOBODY}, "fact.changed_by", "is the id of no person"),
        ({"changed_at": "2026-11-29T02:00:00"}, "fact.changed_at", "timezone"),
        ({"changed_at": "9999-12-31T23:59:59-12:00"}, "fact.changed_at", "outside of the years"),
        ({"surprise": 1}, "fact.surprise", "not permitted"),
    ],
)
def test_a_bad_change_names_its_field_and_writes_nothing(
    database: Database,
    queues: Queues,
    lambda_api: FakeLambda,
    member: Person,
    team: UUID,
    change: dict[str, Any],
    field: str,
    problem: str,
) -> None:
    bad = changed(member, team, **change)
    with pytest.raises(InvalidRequest, match=problem) as refused:
        invoke(bad)
    assert refused.value.field == field
    receive(queues, bad)
    write_to_outbox(database, bad)
    invoke({"drain_outbox": True})
    assert [reason.partition(":")[0] for reason in dead_letter_reasons(queues, "requests")] == [field] * 2
    assert lambda_api.started == []
    assert counts(database) == (0, 0)


def test_a_person_who_is_not_in_the_team_is_told_as_what_it_is(
    database: Database, lambda_api: FakeLambda, team: UUID
) -> None:
    with database.transaction() as connection:
        stranger = add_person(connection)
    with pytest.raises(InvalidRequest, match="is not a member of this team") as refused:
        invoke(changed(stranger, team))
    assert refused.value.field == "fact.user_id"
    assert lambda_api.started == []


def test_a_mail_that_lambda_does_not_take_is_not_recorded_and_comes_back(
    database: Database, queues: Queues, lambda_api: FakeLambda, member: Person, team: UUID
) -> None:
    lambda_api.refuses = True
    with pytest.raises(Unavailable):
        invoke(changed(member, team))
    assert len(receive(queues, changed(member, team))["batchItemFailures"]) == 1
    assert counts(database) == (0, 0)
    lambda_api.refuses = False
    assert not invoke(changed(member, team))["requests"][0]["duplicate"]
    assert len(lambda_api.started) == 1


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Providers]:
    with Providers(tmp_path_factory.mktemp("providers"), Options(resend_rate=None)) as providers:
        yield providers


@pytest.fixture
def mailing(wired: Wired, running: Providers) -> Wired:
    """A sandbox of the function that mails."""
    wired.as_function(
        "alert",
        RESEND_API_KEY=running.credentials.accounts.resend_api_key,
        RESEND_BASE_URL=running.urls["resend"],
        RESEND_CALLS_PER_SECOND="1000",
        EMAIL_FROM="Owlpost <owl@owlpost.example>",
        WEB_URL="https://owlpost.example",
    )
    return wired


def about(**changes: object) -> dict[str, Any]:
    said = {
        "key": f"member_role_changed:{uuid4()}",
        "to": f"{uuid4().hex}@people.example",
        "team": "Cartographers",
        "role": "admin",
        "previous_role": "member",
        "at": "2026-11-29T02:00:00Z",
    }
    return {"member_role_changed": {**said, **changes}}


def mails(running: Providers, event: dict[str, Any]) -> list[dict[str, Any]]:
    to = event["member_role_changed"]["to"]
    return [row for row in running.ledger.accepted() if row["recipient"] == to]


@pytest.mark.usefixtures("mailing")
def test_the_member_is_mailed_once_in_our_own_words(running: Providers) -> None:
    event = about(team="Win at https://evil.example\u202e now", by="Ada\r\nBcc: eve@evil.example")
    assert [alert.handler(event, Context()) for _ in range(2)] == [{"mailed": True}] * 2
    [mail] = mails(running, event)
    assert mail["subject"] == "Your role in a team changed"
    for part in (mail["text"], mail["html"]):
        assert "was changed from member to admin on 2026-11-29 02:00 UTC" in part
        assert "evil.example" not in part
        assert "https://owlpost.example/dashboard/profile/sessions" in part
        assert "nsubscribe" not in part
    assert "List-Unsubscribe" not in mail["headers"]


@pytest.mark.usefixtures("mailing")
def test_an_outage_of_mail_is_for_lambda_to_try_again_and_a_bad_address_is_not(running: Providers) -> None:
    event = about()
    running.faults.add(Fault(provider="resend", fault="error_503", times=1))
    with pytest.raises(Unavailable):
        alert.handler(event, Context())
    assert alert.handler(event, Context()) == {"mailed": True}
    assert len(mails(running, event)) == 1
    assert alert.handler(about(to="ädä@people.example"), Context()) == {"mailed": False}


@pytest.mark.usefixtures("mailing")
def test_what_is_no_changed_role_is_refused_by_the_field() -> None:
    with pytest.raises(InvalidRequest) as refused:
        alert.handler(about(role="king"), Context())
    assert refused.value.field == "role"
