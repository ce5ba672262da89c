from uuid import uuid4

import pytest
from sqlalchemy import text

from owlpost.db.session import Database
from owlpost.domain.errors import IdempotencyConflict, InvalidRequest
from owlpost.domain.idempotency import Key
from owlpost.domain.requests import Continuation
from owlpost.queue import Queues
from owlpost.services.enqueue.dispatch import Dispatch
from tests.support.clock import FakeClock
from tests.support.people import add_person, add_team
from tests.support.queue_reading import take
from tests.support.services import dispatching

TABLES = ("notification_requests", "notification_request_chunks", "notifications", "notification_deliveries")


@pytest.fixture
def dispatch(database: Database, queues: Queues, clock: FakeClock) -> Dispatch:
    return dispatching(database=database, queues=queues, now=clock)


def key() -> Key:
    return Key("lambda", str(uuid4()))


def counts(database: Database) -> dict[str, int]:
    with database.transaction() as connection:
        return {table: connection.execute(text(f"select count(*) from {table}")).scalar_one() for table in TABLES}


def to_people(*user_ids: object, **changes: object) -> dict[str, object]:
    return {
        "type": "feedback.new",
        "recipients": {"user_ids": [str(user_id) for user_id in user_ids]},
        "title": "New feedback in Pocket Atlas",
        **changes,
    }


def to_team(team_id: object, **recipients: object) -> dict[str, object]:
    return {"type": "feedback.new", "recipients": {"team_id": str(team_id), **recipients}, "title": "New feedback"}


def test_one_call_writes_rows_for_each_recipient_and_queues_what_is_pending(
    dispatch: Dispatch, database: Database, queues: Queues
) -> None:
    with database.transaction() as connection:
        people = [add_person(connection) for _ in range(3)]
    result = dispatch.enqueue(to_people(*[person.id for person in people], uuid4(), people[0].id), platform_key=key())
    assert result.notifications == len(result.notification_ids) == 3
    assert result.deliveries == {"in_app": 3, "email": 3, "mobile_push": 3}
    assert result.unknown_user_ids == 1
    assert not result.duplicate
    assert not result.continues
    assert counts(database) == dict(zip(TABLES, (1, 0, 3, 9), strict=True))
    with database.transaction() as connection:
        statuses = connection.execute(
            text("select channel, status, count(*) from notification_deliveries group by 1, 2 order by 1, 2")
        ).all()
        pending = (
            connection.execute(text("select id from notification_deliveries where channel = 'email'")).scalars().all()
        )
    assert [tuple(row) for row in statuses] == [
        ("email", "pending", 3),
        ("in_app", "sent", 3),
        ("mobile_push", "pending", 3),
    ]
    assert sorted(message.body for message in take(queues, "email")) == sorted(map(str, pending))


def test_a_channel_that_is_switched_off_gets_no_delivery_and_the_row_stays_out_of_the_inbox(
    dispatch: Dispatch, database: Database
) -> None:
    preferences = {"notifications": {"types": {"feedback.new": {"in_app": False, "mobile_push": False}}}}
    with database.transaction() as connection:
        person = add_person(connection, preferences=preferences)
    result = dispatch.enqueue(to_people(person.id), platform_key=key())
    assert result.deliveries == {"email": 1}
    with database.transaction() as connection:
        assert connection.execute(text("select in_app from notifications")).scalar_one() is False


def test_a_repeat_gets_the_first_answer_and_writes_nothing(
    dispatch: Dispatch, database: Database, queues: Queues
) -> None:
    with database.transaction() as connection:
        person = add_person(connection)
    body = to_people(person.id, uuid4(), idempotency_key="scan-7")
    first = dispatch.enqueue(body, platform_key=key())
    before = counts(database)
    again = dispatch.enqueue(dict(reversed(body.items())), platform_key=key())
    assert again.model_copy(update={"duplicate": False}) == first
    assert again.duplicate
    assert counts(database) == before
    assert len(take(queues, "email")) == 1


def test_the_platforms_own_retry_writes_nothing_without_a_key_of_the_producers(
    dispatch: Dispatch, database: Database
) -> None:
    with database.transaction() as connection:
        person = add_person(connection)
    same = key()
    dispatch.enqueue(to_people(person.id), platform_key=same)
    assert dispatch.enqueue(to_people(person.id), platform_key=same).duplicate
    assert counts(database)["notifications"] == 1


def test_a_key_with_another_body_is_refused_and_the_first_stands(dispatch: Dispatch, database: Database) -> None:
    with database.transaction() as connection:
        person = add_person(connection)
    dispatch.enqueue(to_people(person.id, idempotency_key="k"), platform_key=key())
    before = counts(database)
    with pytest.raises(IdempotencyConflict, match="idempotency_key"):
        dispatch.enqueue(to_people(person.id, idempotency_key="k", title="Another"), platform_key=key())
    assert counts(database) == before


def test_an_empty_audience_writes_nothing_says_so_and_uses_up_no_key(dispatch: Dispatch, database: Database) -> None:
    body = to_people(uuid4(), idempotency_key="k")
    result = dispatch.enqueue(body, platform_key=key())
    assert (result.notifications, result.unknown_user_ids, result.request_id) == (0, 1, None)
    assert result.message
    assert set(counts(database).values()) == {0}


def test_a_team_is_told_by_role_and_without_those_excluded(dispatch: Dispatch, database: Database) -> None:
    team_id = add_team(database, members=4)
    with database.transaction() as connection:
        members = connection.execute(text("select user_id from team_members order by 1")).scalars().all()
        connection.execute(text("update team_members set role = 'admin' where user_id = :id"), {"id": members[0]})
    assert dispatch.enqueue(to_team(team_id, roles=["admin"]), platform_key=key()).notifications == 1
    without = dispatch.enqueue(to_team(team_id, exclude_user_ids=[str(members[1])]), platform_key=key())
    assert without.notifications == 3


def test_a_large_team_continues_in_chunks_each_written_once(
    database: Database, queues: Queues, clock: FakeClock
) -> None:
    dispatch = dispatching(database=database, queues=queues, now=clock, chunk_size=10)
    team_id = add_team(database, members=35)
    result = dispatch.enqueue(to_team(team_id), platform_key=key())
    assert result.continues
    assert result.notifications == 10
    messages = take(queues, "requests")
    assert len(messages) == 3
    for message in messages * 2:
        dispatch.chunks.resume(Continuation.model_validate_json(message.body))
    assert counts(database) == dict(zip(TABLES, (1, 3, 35, 105), strict=True))
    with database.transaction() as connection:
        told = connection.execute(text("select count(distinct user_id) from notifications")).scalar_one()
        unfinished = connection.execute(text("select unfinished from notification_requests")).scalar_one()
    assert told == 35
    assert unfinished is None


def test_a_team_of_exactly_one_chunk_does_not_continue(database: Database, queues: Queues, clock: FakeClock) -> None:
    dispatch = dispatching(database=database, queues=queues, now=clock, chunk_size=10)
    assert not dispatch.enqueue(to_team(add_team(database, members=10)), platform_key=key()).continues


def test_a_refused_request_writes_nothing(dispatch: Dispatch, database: Database) -> None:
    with pytest.raises(InvalidRequest, match="title"):
        dispatch.enqueue(to_people(uuid4(), title=""), platform_key=key())
    assert set(counts(database).values()) == {0}


def test_people_outside_the_team_that_it_is_about_are_passed_by_and_the_reason_says_so(
    dispatch: Dispatch, database: Database, queues: Queues
) -> None:
    team_id = add_team(database, members=1)
    with database.transaction() as connection:
        stranger = add_person(connection).id
        member = connection.execute(text("select user_id from team_members")).scalar_one()
    result = dispatch.enqueue(to_people(stranger, member, team_id=str(team_id)), platform_key=key())
    assert result.notifications == 2
    assert outcomes(database) == {
        (str(stranger), "not_in_team", "skipped", False),
        (str(member), None, "pending", True),
        (str(member), None, "sent", True),
    }
    assert len(take(queues, "email")) == len(take(queues, "mobile_push")) == 1


def test_a_team_that_is_told_of_another_team_is_passed_by(dispatch: Dispatch, database: Database) -> None:
    told, other = add_team(database, members=2), add_team(database, members=1)
    dispatch.enqueue(to_team(told) | {"team_id": str(other)}, platform_key=key())
    assert {(error, status) for _, error, status, _ in outcomes(database)} == {("not_in_team", "skipped")}


def test_a_team_that_the_host_does_not_know_leaves_nobody_out(dispatch: Dispatch, database: Database) -> None:
    with database.transaction() as connection:
        someone = add_person(connection).id
    dispatch.enqueue(to_people(someone, team_id=str(uuid4())), platform_key=key())
    assert {status for _, _, status, _ in outcomes(database)} == {"pending", "sent"}


def test_keys_of_two_producers_do_not_meet(dispatch: Dispatch, database: Database) -> None:
    with database.transaction() as connection:
        someone = add_person(connection).id
    asked = [
        to_people(someone, idempotency_key="7"),
        to_people(someone, idempotency_key="7", producer="billing"),
        to_people(someone, idempotency_key="7", producer="shop"),
        to_people(someone, idempotency_key="7", producer="shop", type="app.review_new"),
        to_people(someone, idempotency_key="shop feedback.new 7"),
    ]
    told = [dispatch.enqueue(body, platform_key=key()) for body in asked]
    assert len({result.request_id for result in told}) == len(asked)
    repeated = [dispatch.enqueue(body, platform_key=key()) for body in asked]
    assert [result.request_id for result in repeated] == [result.request_id for result in told]
    assert all(result.duplicate for result in repeated)
    with pytest.raises(IdempotencyConflict, match="'7' was already used"):
        dispatch.enqueue(to_people(someone, idempotency_key="7", producer="shop", title="Other"), platform_key=key())


def test_a_key_that_was_stored_before_producers_had_names_keeps_its_meaning(
    dispatch: Dispatch, database: Database
) -> None:
    with database.transaction() as connection:
        body = to_people(add_person(connection).id, idempotency_key="7")
    first = dispatch.enqueue(body, platform_key=key())
    with database.transaction() as connection:
        stored = connection.execute(text("select key_source, idempotency_key, producer from notification_requests"))
        assert [tuple(row) for row in stored] == [("producer", "7", None)]
    assert dispatch.enqueue(body, platform_key=key()).request_id == first.request_id


def outcomes(database: Database) -> set[tuple[str, str | None, str, bool]]:
    """Of each delivery: its person, error and status, and whether the inbox shows the notification."""
    with database.transaction() as connection:
        rows = connection.execute(
            text(
                "select cast(n.user_id as text), d.error, d.status, n.in_app"
                " from notification_deliveries d join notifications n on n.id = d.notification_id"
            )
        )
        return {(row[0], row[1], row[2], row[3]) for row in rows}


def test_a_delivery_has_the_id_of_its_notification_but_for_the_place_of_its_channel(
    dispatch: Dispatch, database: Database
) -> None:
    with database.transaction() as connection:
        people = [add_person(connection) for _ in range(2)]
    dispatch.enqueue(to_people(*[person.id for person in people]), platform_key=key())
    with database.transaction() as connection:
        rows = connection.execute(text("select id, notification_id from notification_deliveries")).all()
    assert len({row.id for row in rows}) == len(rows) == 6
    assert {(str(row.id)[:34], row.id.version) for row in rows} == {(str(row.notification_id)[:34], 7) for row in rows}
    assert {str(row.id)[34:] for row in rows} == {"00", "01", "02"}
