"""The brake: what is too much of one producer is held, and what is too much for one person is in the inbox only."""

from collections import Counter
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import text

from owlpost.domain.brake import Brake
from owlpost.domain.idempotency import Key
from owlpost.domain.requests import Continuation
from owlpost.domain.stop_commands import LetGo
from owlpost.services.enqueue.dispatch import Dispatch
from tests.support.people import add_person, add_team
from tests.support.services import dispatching, holding
from tests.support.stage import Stage


def braking(stage: Stage, *, chunk_size: int = 100, **limits: int) -> Dispatch:
    return dispatching(stage.database, stage.queues, stage.clock, chunk_size=chunk_size, brake=Brake(**limits))


def somebody(stage: Stage, **keywords: Any) -> UUID:
    with stage.database.transaction() as connection:
        return add_person(connection, **keywords).id


def tell(dispatch: Dispatch, person: UUID, *, type_: str = "job.completed", **more: object) -> None:
    body = {"type": type_, "recipients": {"user_ids": [str(person)]}, "title": "Done", **more}
    dispatch.enqueue(body, platform_key=Key("lambda", str(uuid4())))


def ended(stage: Stage, channel: str = "email") -> Counter[tuple[str, str | None, str | None]]:
    with stage.database.transaction() as connection:
        found = connection.execute(
            text("select status, error, waits_for from notification_deliveries where channel = :channel"),
            {"channel": channel},
        )
        return Counter((row.status, row.error, row.waits_for) for row in found)


def test_the_21st_of_the_hour_is_in_the_inbox_only_and_the_next_hour_begins_anew(stage: Stage) -> None:
    dispatch, person = braking(stage, per_person=20), somebody(stage, device="token")
    stage.clock.move_to(stage.clock().replace(minute=10))
    for _ in range(22):
        tell(dispatch, person)
    for channel in ("email", "mobile_push"):
        assert ended(stage, channel) == {("pending", None, None): 20, ("skipped", "brake", None): 2}
    assert ended(stage, "in_app") == {("sent", None, None): 22}
    tell(dispatch, person, type_="feedback.new")
    tell(dispatch, somebody(stage))
    assert ended(stage)["skipped", "brake", None] == 2, "another type, and another person"
    stage.clock.move_to(stage.clock().replace(minute=59))
    tell(dispatch, person)
    assert ended(stage)["skipped", "brake", None] == 3
    stage.clock.advance(minutes=1)
    tell(dispatch, person)
    assert ended(stage)["skipped", "brake", None] == 3


def test_what_a_person_keeps_out_of_the_inbox_or_has_deleted_counts_as_well(stage: Stage) -> None:
    dispatch = braking(stage, per_person=2)
    off = {"notifications": {"types": {"job.completed": {"in_app": False}}}}
    without_inbox, tidy = somebody(stage, preferences=off), somebody(stage)
    for person in (without_inbox, tidy):
        tell(dispatch, person)
        tell(dispatch, person)
        stage.change("update notifications set deleted_at = now() where user_id = :user and in_app", user=person)
        tell(dispatch, person)
    assert ended(stage)["skipped", "brake", None] == 2


def test_a_producers_request_past_the_limit_is_held_and_let_go(stage: Stage) -> None:
    dispatch, person = braking(stage, per_producer=3), somebody(stage)
    operator = holding(stage.database, stage.queues, stage.clock)
    for _ in range(5):
        tell(dispatch, person, producer="billing")
    tell(dispatch, person, producer="crm")
    assert ended(stage) == {("pending", None, None): 4, ("pending", None, "held"): 2}
    (hold,) = operator.list()
    assert (hold.reason, hold.created_by, hold.producer) == ("brake", "owlpost", "billing")
    assert hold.held == {"email": 2, "mobile_push": 2}
    stage.deliver(stage.pending("email"))
    assert len(stage.adapter.told) == 4, "what came before the limit goes"
    stage.clock.advance(minutes=2)
    tell(dispatch, person, producer="billing")
    assert ended(stage)["pending", None, None] == 1, "the storm is over, although its hold is open"
    operator.end(LetGo(command="let_go", hold_id=hold.id))
    stage.clock.advance(seconds=2)
    stage.deliver(stage.pending("email"))
    assert len(stage.adapter.told) == 7
    assert ended(stage) == {("sent", None, None): 7}


def test_a_producer_without_a_name_is_braked_too_and_a_second_storm_has_a_hold_of_its_own(stage: Stage) -> None:
    dispatch, person = braking(stage, per_producer=1), somebody(stage)
    operator = holding(stage.database, stage.queues, stage.clock)
    tell(dispatch, person)
    tell(dispatch, person)
    (first,) = operator.list()
    operator.end(LetGo(command="let_go", hold_id=first.id, discard=True))
    tell(dispatch, person)
    (second,) = operator.list()
    assert second.id != first.id
    assert ended(stage) == {
        ("pending", None, None): 1,
        ("skipped", "discarded", None): 1,
        ("pending", None, "held"): 1,
    }


def test_a_large_team_is_held_whole(stage: Stage) -> None:
    dispatch, team = braking(stage, chunk_size=2, per_producer=1), add_team(stage.database, members=5)
    tell(dispatch, somebody(stage))
    body = {"type": "feedback.new", "recipients": {"team_id": str(team)}, "title": "Hello"}
    dispatch.enqueue(body, platform_key=Key("lambda", str(uuid4())))
    for message in stage.queues.receive("requests", limit=10):
        dispatch.chunks.resume(Continuation.model_validate_json(message.body))
    assert ended(stage)["pending", None, "held"] == 5


def test_a_repeat_of_a_request_is_no_further_request(stage: Stage) -> None:
    dispatch, person = braking(stage, per_producer=1), somebody(stage)
    for _ in range(3):
        tell(dispatch, person, producer="billing", idempotency_key="once")
    assert ended(stage) == {("pending", None, None): 1}
    assert holding(stage.database, stage.queues, stage.clock).list() == []


def test_what_is_snoozed_counts_in_the_hour_in_which_it_came(stage: Stage) -> None:
    dispatch, person = braking(stage, per_person=2), somebody(stage)
    stage.clock.move_to(stage.clock().replace(minute=10))
    tell(dispatch, person)
    tell(dispatch, person)
    stage.change(
        "update notifications set snoozed_from = created_at, created_at = created_at + interval '1 day'"
        " where user_id = :user",
        user=person,
    )
    tell(dispatch, person)
    assert ended(stage)["skipped", "brake", None] == 1
    stage.clock.advance(hours=1)
    stage.change(
        "update notifications set created_at = snoozed_from + interval '1 hour'"
        " where user_id = :user and snoozed_from is not null",
        user=person,
    )
    tell(dispatch, person)
    assert ended(stage)["skipped", "brake", None] == 1
