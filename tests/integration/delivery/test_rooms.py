"""A team's rooms: who is told in them, what stops it, and that nothing breaks where a notification has no person."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from owlpost.db.people.destination_tests import add_test
from owlpost.domain.guest_list import GuestList
from owlpost.domain.idempotency import Key
from owlpost.domain.requests import EnqueueResult
from owlpost.services.delivery.settlement import Done
from owlpost.words import english
from tests.integration.delivery.test_statement_counts import statements
from tests.support.optional_channels import switched_on
from tests.support.people import add_team
from tests.support.reached import add_room, destination_row, posting
from tests.support.receiving import ScriptedReceiver, status
from tests.support.services import dispatching
from tests.support.stage import Stage


@pytest.fixture(autouse=True)
def webhook() -> Iterator[None]:
    with switched_on("webhook"):
        yield


@pytest.fixture
def receiver() -> Iterator[ScriptedReceiver]:
    with ScriptedReceiver() as running:
        yield running


@pytest.fixture(autouse=True)
def now(stage: Stage) -> None:
    """Signatures are of this time."""
    stage.clock.advance(days=1)


@pytest.fixture
def team(stage: Stage) -> UUID:
    return add_team(stage.database, members=3)


def tell(
    stage: Stage,
    team: UUID,
    *,
    type_: str = "feedback.new",
    chunk_size: int = 10_000,
    among: Mapping[str, object] | None = None,
    **changes: object,
) -> EnqueueResult:
    body = {"type": type_, "recipients": {"team_id": str(team), **(among or {})}, "title": "Hello", **changes}
    dispatch = dispatching(stage.database, stage.queues, stage.clock, chunk_size=chunk_size)
    return dispatch.enqueue(body, platform_key=Key("lambda", str(uuid4())))


def to_rooms(stage: Stage) -> list[UUID]:
    statement = "select id from notification_deliveries where destination_id is not null order by id"
    with stage.database.transaction() as connection:
        return list(connection.execute(text(statement)).scalars())


def test_each_live_room_of_the_team_is_told_once_and_no_other(
    stage: Stage, team: UUID, receiver: ScriptedReceiver
) -> None:
    for path in ("/a", "/b"):
        add_room(stage, team, receiver.url(path))
    for state in ("unverified", "off", "dead"):
        add_room(stage, team, receiver.url(f"/{state}"), state=state)
    add_room(stage, add_team(stage.database, members=1), receiver.url("/other"))
    answer = tell(stage, team)
    assert (answer.notifications, answer.rooms, answer.deliveries["webhook"]) == (3, 2, 2)
    fates = stage.deliver(to_rooms(stage), by=posting(stage, receiver.place))
    assert set(fates.values()) == {Done()}
    assert sorted(posted.path for posted in receiver.posted) == ["/a", "/b"]
    assert json.loads(receiver.posted[0].body)["data"]["recipient"] is None


def test_the_deliveries_are_queued_with_those_of_people(stage: Stage, team: UUID, receiver: ScriptedReceiver) -> None:
    add_room(stage, team, receiver.url())
    answer = tell(stage, team)
    assert answer.request_id
    assert stage._pending(answer.request_id, "webhook") == to_rooms(stage)
    row = stage.row(to_rooms(stage)[0])
    assert (row["status"], row["decided_by"], row["waits_for"]) == ("pending", "room_on", None)


@pytest.mark.parametrize(
    "changes",
    [
        {"among": {"roles": ["member"]}},
        {"among": {"exclude_user_ids": [str(uuid4())]}},
        {"team_id": str(uuid4())},
        {"type_": "job.completed", "data": {"status": "completed"}},
    ],
    ids=["by role", "without some", "about another team", "about one person's doing"],
)
def test_what_not_every_member_may_see_is_told_in_no_room(stage: Stage, team: UUID, changes: dict[str, object]) -> None:
    add_room(stage, team, "https://hooks.example.com/a")
    assert tell(stage, team, **changes).rooms == 0  # type: ignore[arg-type]
    assert to_rooms(stage) == []


def test_a_request_to_people_by_id_tells_no_room(stage: Stage, team: UUID) -> None:
    add_room(stage, team, "https://hooks.example.com/a")
    with stage.database.transaction() as connection:
        ids = [str(each) for each in connection.execute(text("select user_id from team_members")).scalars()]
    body = {"type": "feedback.new", "recipients": {"user_ids": ids}, "team_id": str(team), "title": "Hello"}
    answer = dispatching(stage.database, stage.queues, stage.clock).enqueue(body, platform_key=Key("lambda", "1"))
    assert (answer.notifications, answer.rooms) == (3, 0)


def test_a_room_is_told_of_its_types_alone(stage: Stage, team: UUID) -> None:
    add_room(stage, team, "https://hooks.example.com/a", types=("issue.new", "app.review_new"))
    assert [tell(stage, team, type_=type_).rooms for type_ in ("feedback.new", "issue.new", "app.review_new")] == [
        0,
        1,
        1,
    ]


def test_a_large_teams_rooms_are_told_with_its_first_chunk(stage: Stage, team: UUID) -> None:
    add_room(stage, team, "https://hooks.example.com/a")
    answer = tell(stage, team, chunk_size=1)
    assert (answer.continues, answer.notifications, answer.rooms) == (True, 1, 1)
    assert len(to_rooms(stage)) == 1


def test_a_team_without_people_still_has_rooms(stage: Stage) -> None:
    team = add_team(stage.database, members=0)
    add_room(stage, team, "https://hooks.example.com/a")
    assert tell(stage, team).rooms == 1


def test_a_repeat_gets_the_first_answer(stage: Stage, team: UUID) -> None:
    add_room(stage, team, "https://hooks.example.com/a")
    body = {"type": "feedback.new", "recipients": {"team_id": str(team)}, "title": "Hello"}
    dispatch = dispatching(stage.database, stage.queues, stage.clock)
    first, again = (dispatch.enqueue(body, platform_key=Key("lambda", "same")) for _ in range(2))
    assert (first.rooms, again.rooms, again.duplicate) == (1, 1, True)
    assert len(to_rooms(stage)) == 1


def test_a_hold_stops_it_before_and_after_it_is_told(stage: Stage, team: UUID, receiver: ScriptedReceiver) -> None:
    add_room(stage, team, receiver.url())
    tell(stage, team)
    stage.change("insert into holds (channel, reason, created_by) values ('webhook', 'stop', 'ada')")
    tell(stage, team)
    first, second = to_rooms(stage)
    assert stage.row(second)["waits_for"] == "held"
    stage.deliver([first, second], by=posting(stage, receiver.place))
    assert [stage.row(each)["waits_for"] for each in (first, second)] == ["held", "held"]
    assert receiver.posted == []


def test_what_is_recalled_is_told_in_no_room(stage: Stage, team: UUID, receiver: ScriptedReceiver) -> None:
    add_room(stage, team, receiver.url())
    tell(stage, team)
    stage.change("update notification_requests set recalled_at = now()")
    [delivery] = to_rooms(stage)
    stage.deliver([delivery], by=posting(stage, receiver.place))
    assert (stage.row(delivery)["status"], stage.row(delivery)["error"]) == ("skipped", "recalled")
    assert receiver.posted == []


def test_a_time_ahead_is_kept(stage: Stage, team: UUID, receiver: ScriptedReceiver) -> None:
    add_room(stage, team, receiver.url())
    at = (stage.clock() + timedelta(hours=2)).astimezone(UTC)
    tell(stage, team, not_before=at.isoformat())
    [delivery] = to_rooms(stage)
    assert (stage.row(delivery)["waits_for"], stage.row(delivery)["next_attempt_at"]) == ("not_before", at)
    stage.clock.advance(hours=3)
    stage.deliver([delivery], by=posting(stage, receiver.place))
    assert stage.row(delivery)["status"] == "sent"


@pytest.mark.parametrize("state", ["off", "dead", None])
def test_a_room_that_is_closed_meanwhile_is_not_told(
    stage: Stage, team: UUID, receiver: ScriptedReceiver, state: str | None
) -> None:
    add_room(stage, team, receiver.url())
    tell(stage, team)
    [delivery] = to_rooms(stage)
    stage.change(f"update destinations set state = '{state}'" if state else "delete from destinations")
    stage.deliver([delivery], by=posting(stage, receiver.place))
    assert (stage.row(delivery)["status"], stage.row(delivery)["error"]) == ("skipped", "no_destination")
    assert receiver.posted == []


def test_where_guests_alone_are_reached_no_room_is(stage: Stage, team: UUID, receiver: ScriptedReceiver) -> None:
    add_room(stage, team, receiver.url())
    tell(stage, team)
    [delivery] = to_rooms(stage)
    worker = replace(posting(stage, receiver.place), guests=GuestList.parse("@owlpost.example"))
    stage.deliver([delivery], by=worker)
    assert (stage.row(delivery)["status"], stage.row(delivery)["error"]) == ("skipped", "not_on_guest_list")
    assert receiver.posted == []


def test_a_batch_of_rooms_takes_two_statements(stage: Stage, team: UUID, receiver: ScriptedReceiver) -> None:
    for number in range(5):
        add_room(stage, team, receiver.url(f"/{number}"))
    tell(stage, team)
    ids, worker = to_rooms(stage), posting(stage, receiver.place)
    with statements(stage.database) as seen:
        stage.deliver(ids, by=worker)
    assert (len(seen), len(receiver.posted)) == (2, 5)


def test_a_room_that_says_it_is_gone_is_dead_for_all(stage: Stage, team: UUID, receiver: ScriptedReceiver) -> None:
    receiver.answer = lambda *_: status(410)
    id_ = add_room(stage, team, receiver.url())
    tell(stage, team)
    stage.deliver(to_rooms(stage), by=posting(stage, receiver.place))
    assert destination_row(stage, id_)["state"] == "dead"
    assert tell(stage, team).rooms == 0


def test_a_test_reaches_a_room_that_is_not_proven_yet_and_proves_it(
    stage: Stage, team: UUID, receiver: ScriptedReceiver
) -> None:
    receiver.answer = lambda posted, _: status(200, body=posted.body)
    id_ = add_room(stage, team, receiver.url(), state="unverified")
    with stage.database.transaction() as connection:
        owner: UUID = connection.execute(text("select user_id from team_members limit 1")).scalar_one()
        connection.execute(text("update team_members set role = 'owner'"))
        taken = add_test(connection, owner, id_, request_id=uuid4(), words=english())
    assert taken
    stage.deliver([taken[1]], by=posting(stage, receiver.place))
    assert (stage.row(taken[1])["status"], stage.row(taken[1])["error"]) == ("sent", None)
    assert destination_row(stage, id_)["state"] == "live"
