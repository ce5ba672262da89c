"""Each delivery keeps what decided about it: the rule, the registry of then, and since when the person's choice stood."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from owlpost.domain import json_values
from owlpost.domain.idempotency import Key
from owlpost.domain.registry_version import registry_version
from tests.support.people import add_person
from tests.support.services import dispatching
from tests.support.stage import Stage

PROJECT = "p-1"


def choose(stage: Stage, user_id: UUID, notifications: dict[str, Any], path: str) -> datetime:
    """Store these choices with their history, an hour before the next step. Return when that was."""
    at = stage.clock()
    blob = json_values.compact({"notifications": notifications})
    stage.change("update users set preferences = cast(:blob as jsonb) where id = :id", blob=blob, id=user_id)
    stage.change(
        "insert into preference_changes (user_id, at, path, after, by) values (:id, :at, :path, 'true', 'person')",
        id=user_id,
        at=at,
        path=f"/notifications/{path}",
    )
    stage.clock.advance(hours=1)
    return at


def somebody(stage: Stage) -> UUID:
    with stage.database.transaction() as connection:
        return add_person(connection).id


def tell(stage: Stage, user_id: UUID, channel: str = "email", **fields: object) -> UUID:
    body = {"type": "feedback.new", "recipients": {"user_ids": [str(user_id)]}, "title": "Hello", **fields}
    dispatching(stage.database, stage.queues, stage.clock).enqueue(body, platform_key=Key("lambda", str(uuid4())))
    with stage.database.transaction() as connection:
        found = connection.execute(
            text(
                "select d.id from notification_deliveries d join notifications n on n.id = d.notification_id"
                " where n.user_id = :user_id and d.channel = :channel"
            ),
            {"user_id": user_id, "channel": channel},
        )
        return UUID(str(found.scalar_one()))


def decision(stage: Stage, delivery_id: UUID) -> tuple[str | None, datetime | None]:
    row = stage.row(delivery_id)
    assert row["registry"] == registry_version()
    return row["decided_by"], row["preference_at"]


def test_a_default_decides_until_the_person_chooses(stage: Stage) -> None:
    assert decision(stage, tell(stage, somebody(stage))) == ("default_on", None)


@pytest.mark.parametrize(
    ("notifications", "path", "rule"),
    [
        ({"types": {"feedback.new": {"email": True}}}, "types/feedback.new/email", "preference_on"),
        (
            {"projects": {PROJECT: {"feedback.new": {"email": True}}}},
            f"projects/{PROJECT}/feedback.new/email",
            "project_on",
        ),
        ({"projects": {PROJECT: {"*": {"email": True}}}}, f"projects/{PROJECT}/*/email", "project_on"),
    ],
)
def test_a_choice_decides_with_its_time_at_the_fan_out_and_at_the_claim(
    stage: Stage, notifications: dict[str, Any], path: str, rule: str
) -> None:
    user_id = somebody(stage)
    at = choose(stage, user_id, notifications, path)
    delivery_id = tell(stage, user_id, data={"project_id": PROJECT})
    assert decision(stage, delivery_id) == (rule, at)
    stage.change("update notification_deliveries set decided_by = null, registry = null, preference_at = null")
    stage.deliver([delivery_id])
    assert decision(stage, delivery_id) == (rule, at)
    assert stage.row(delivery_id)["status"] == "sent"


def test_a_choice_without_history_decides_without_a_time(stage: Stage) -> None:
    user_id = somebody(stage)
    choose(stage, user_id, {"types": {"feedback.new": {"email": True}}}, "types/feedback.new/in_app")
    assert decision(stage, tell(stage, user_id)) == ("preference_on", None)


def test_what_ends_a_delivery_at_its_claim_is_what_decided(stage: Stage) -> None:
    user_id = somebody(stage)
    delivery_id = tell(stage, user_id)
    off = {"types": {"feedback.new": {"email": False}}}
    at = choose(stage, user_id, off, "types/feedback.new/email")
    stage.deliver([delivery_id])
    assert decision(stage, delivery_id) == ("preference_off", at)
    other = tell(stage, somebody(stage))
    stage.change("update notifications set read_at = now() where id = :id", id=stage.row(other)["notification_id"])
    stage.deliver([other])
    assert decision(stage, other) == ("read", None)


def test_a_channel_that_is_switched_off_as_a_whole_ends_what_was_on_its_way_and_is_told_nothing_more(
    stage: Stage,
) -> None:
    user_id = somebody(stage)
    delivery_id = tell(stage, user_id)
    off = {"channels": {"email": False}, "types": {"feedback.new": {"email": True}}}
    at = choose(stage, user_id, off, "channels/email")
    stage.deliver([delivery_id])
    assert decision(stage, delivery_id) == ("channel_off", at)
    assert tell(stage, user_id) == delivery_id, "the second notification has no mail"


def test_a_pause_that_leaves_a_delivery_out_has_its_time(stage: Stage) -> None:
    user_id = somebody(stage)
    at = choose(stage, user_id, {"paused_until": "2099-01-01T00:00:00Z"}, "paused_until")
    assert decision(stage, tell(stage, user_id)) == ("paused", at)


def test_a_batch_that_was_called_keeps_what_decided_then(stage: Stage) -> None:
    user_id = somebody(stage)
    delivery_id = tell(stage, user_id)
    stage.change(
        "update notification_deliveries set batch_id = id, batch_size = 1, batched_at = now() where id = :id",
        id=delivery_id,
    )
    choose(stage, user_id, {"types": {"feedback.new": {"email": False}}}, "types/feedback.new/email")
    stage.deliver([delivery_id])
    assert decision(stage, delivery_id) == ("default_on", None)
