"""What an operator asks about where a notification has no person: a team's room was told."""

import json
from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from functions import operate
from owlpost.domain import commands
from owlpost.domain.idempotency import Key
from owlpost.services.operator.audit import Audit
from tests.support.optional_channels import switched_on
from tests.support.people import add_team
from tests.support.reached import add_room, posting
from tests.support.receiving import ScriptedReceiver, status
from tests.support.services import dispatching
from tests.support.stage import Stage
from tests.support.wired import Context, Wired


@pytest.fixture(autouse=True)
def operating(wired: Wired, stage: Stage) -> Iterator[None]:
    with switched_on("webhook"):
        stage.clock.advance(days=1)  # to the worker's own time, by which it knows its deadline
        wired.as_function("operate", CHANNELS="webhook")
        yield


@pytest.fixture
def receiver() -> Iterator[ScriptedReceiver]:
    with ScriptedReceiver() as running:
        yield running


@pytest.fixture
def told(stage: Stage, receiver: ScriptedReceiver) -> UUID:
    """The delivery to a room, which is told beside two people."""
    team = add_team(stage.database, members=2)
    add_room(stage, team, receiver.url("/T0K3N"))
    body = {"type": "feedback.new", "recipients": {"team_id": str(team)}, "title": "Hello"}
    dispatching(stage.database, stage.queues, stage.clock).enqueue(body, platform_key=Key("lambda", str(uuid4())))
    with stage.database.transaction() as connection:
        statement = "select id from notification_deliveries where destination_id is not null"
        found: UUID = connection.execute(text(statement)).scalar_one()
    return found


def ask(command: str, **arguments: object) -> dict[str, object]:
    answer: dict[str, object] = json.loads(json.dumps(operate.handler({"command": command, **arguments}, Context())))
    return answer


def test_what_became_of_it_is_told_by_the_rooms_name(stage: Stage, told: UUID, receiver: ScriptedReceiver) -> None:
    stage.deliver([told], by=posting(stage, receiver.place))
    answer = ask("explain_delivery", delivery_id=str(told))
    assert isinstance(answer["sentences"], list)
    story = "\n".join(answer["sentences"])
    assert story.startswith("feedback.new for room #alerts over webhook")
    assert "Decided by room_on: an admin of the team has connected the room" in story
    assert "#alerts took it." in story
    assert "T0K3N" not in json.dumps(answer)


def test_what_a_provider_leaves_open_is_said_of_what_it_took(stage: Stage, told: UUID) -> None:
    stage.change(
        "update notification_deliveries set channel = 'teams', status = 'sent', attempt_metadata = jsonb_build_object("
        "'destinations', jsonb_build_object(cast(destination_id as text), jsonb_build_object("
        "'outcome', 'delivered', 'label', '#alerts', 'status', 202))) where destination_id is not null"
    )
    story = json.dumps(ask("explain_delivery", delivery_id=str(told)))
    assert "#alerts took it. It was handed to Power Automate, which does not tell whether it appeared." in story


def test_of_a_room_that_is_removed_it_is_said_so(stage: Stage, told: UUID) -> None:
    stage.change("delete from destinations")
    assert "for room that is removed over webhook" in json.dumps(ask("explain_delivery", delivery_id=str(told)))


@pytest.mark.usefixtures("told")
def test_the_books_balance_and_a_room_that_is_missing_is_found(stage: Stage) -> None:
    command = commands.parse({"command": "audit"})
    assert isinstance(command, commands.CheckBalance)
    audit = Audit(stage.database, timedelta(days=30), stage.clock)
    balance = audit.check(command)
    assert (balance.accepted_notifications, balance.stored_notifications, balance.duplicates) == (3, 3, 0)
    assert not balance.requests_off_balance
    stage.change("delete from notifications where user_id is null")
    assert len(audit.check(command).requests_off_balance) == 1


@pytest.mark.usefixtures("told")
def test_a_test_of_a_destination_is_no_row_that_nobody_asked_for(stage: Stage) -> None:
    stage.change(
        "insert into notifications (id, user_id, type, title, data, in_app, created_at, request_id)"
        " values (owlpost_uuid7(), owlpost_uuid7(), 'destination.test', 't', '{}', false, now(), owlpost_uuid7())"
    )
    command = commands.parse({"command": "audit"})
    assert isinstance(command, commands.CheckBalance)
    assert not Audit(stage.database, timedelta(days=30), stage.clock).check(command).requests_off_balance


@pytest.mark.usefixtures("told")
@pytest.mark.parametrize(
    ("command", "arguments"),
    [
        ("deliveries", {"status": "pending"}),
        ("requests", {}),
        ("top", {"by": "person"}),
        ("top", {"by": "type"}),
        ("now", {}),
        ("check_installation", {}),
    ],
)
def test_what_lists_everybody_lists_rooms_as_well(command: str, arguments: dict[str, object]) -> None:
    answer = ask(command, **arguments)
    assert "error" not in answer
    if command == "deliveries":
        assert "room #alerts" in json.dumps(answer)
    if command == "requests":
        assert '"rooms": 1' in json.dumps(answer)


def test_what_failed_there_can_be_driven_again(stage: Stage, told: UUID, receiver: ScriptedReceiver) -> None:
    receiver.answer = lambda *_: status(302)
    stage.deliver([told], by=posting(stage, receiver.place))
    stage.change("update notifications set type = 'issue.digest' where user_id is null")
    groups = ask("redrive", dry_run=True, channel="webhook")["groups"]
    assert isinstance(groups, list)
    assert [(each["type"], each["skip"], each["deliveries"]) for each in groups] == [("issue.digest", None, 1)]
