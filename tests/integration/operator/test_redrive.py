from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from owlpost.channels.mobile_push.outcome import due_devices
from owlpost.db.session import Database
from owlpost.domain import commands, json_values
from owlpost.domain.errors import InvalidRequest, TransientFault
from owlpost.domain.messages import Delivery, Device
from owlpost.domain.outcomes import Failed, Outcome, Retry, Sent
from owlpost.domain.preferences import enabled_channels
from owlpost.domain.types import NOTIFICATION_TYPE_META
from owlpost.queue_messages import Message
from owlpost.services.operator.redrive import Redriven
from tests.support.queue_reading import take
from tests.support.services import redriving, sweeping
from tests.support.stage import Stage

FAILED = "update notification_deliveries set status = 'failed', error = :error, attempts = 9 where id = :id"


def redrive(stage: Stage, *, database: Database | None = None, batch: int = 1_000, **asked_for: Any) -> Redriven:
    command = commands.parse({"command": "redrive", **asked_for})
    assert isinstance(command, commands.RedriveDeliveries)
    database = database or stage.database
    return redriving(database, stage.queues, stage.clock, batch=batch).run(command)


def always(outcome: Outcome) -> Callable[[Delivery], Outcome]:
    return lambda _delivery: outcome


def failed(stage: Stage, people: int = 1, *, error: str = "validation_error", channel: str = "email") -> list[UUID]:
    """Deliveries that an adapter refused, whose messages have done their work."""
    ids = stage.tell(people, channel=channel, device="token" if channel == "mobile_push" else None)
    stage.adapter.script = always(Failed(error))
    stage.deliver(ids, by=stage.worker(channel))
    for name in ("email", "mobile_push"):
        stage.queues.delete(name, [message.receipt_handle for message in take(stage.queues, name)])
    stage.adapter.script = always(Sent())
    stage.adapter.batches.clear()
    return ids


def history(stage: Stage, delivery_id: UUID) -> list[dict[str, object]]:
    entries: list[dict[str, object]] = stage.row(delivery_id)["attempt_metadata"]["history"]
    return entries


def test_a_failed_delivery_is_pending_again_and_its_message_delivers_it(stage: Stage) -> None:
    (delivery_id,) = failed(stage)
    result = redrive(stage)
    assert (result.redriven, result.skipped, result.refused) == (1, 0, {})
    after = stage.row(delivery_id)
    assert (after["status"], after["attempts"], after["error"], after["batch_id"]) == ("pending", 0, None, None)
    (message,) = take(stage.queues, "email")
    stage.deliver([UUID(message.body)])
    assert stage.row(delivery_id)["status"] == "sent"


def test_the_history_tells_of_the_failure_the_redrive_and_what_followed(stage: Stage) -> None:
    (delivery_id,) = failed(stage)
    redrive(stage)
    stage.deliver([delivery_id])
    assert [(entry["status"], entry["reason"]) for entry in history(stage, delivery_id)] == [
        ("failed", "validation_error"),
        ("redriven", "validation_error"),
        ("sent", None),
    ]


def test_a_dry_run_counts_by_channel_type_and_error_and_changes_nothing(stage: Stage) -> None:
    mails = failed(stage, 3)
    failed(stage, 2, error="BadTopic", channel="mobile_push")
    result = redrive(stage, dry_run=True)
    counted = {(each.channel, each.type, each.error, each.skip): each.deliveries for each in result.groups}
    assert counted == {
        ("email", "feedback.new", "validation_error", None): 3,
        ("mobile_push", "feedback.new", "BadTopic", None): 2,
    }
    assert result.redriven == 5
    assert {stage.row(each)["status"] for each in mails} == {"failed"}
    assert take(stage.queues, "email") == []


@pytest.mark.parametrize(
    ("asked_for", "driven"),
    [
        ({"channel": "mobile_push"}, {"push"}),
        ({"error": "validation_error"}, {"mail"}),
        ({"type": "feedback.new"}, {"push", "mail"}),
        ({"type": "job.completed"}, set()),
        ({"since": "2000-01-01T00:00:00Z", "until": "2001-01-01T00:00:00Z"}, set()),
        ({"since": "2001-01-01T00:00:00Z"}, {"push", "mail"}),
    ],
)
def test_only_what_the_filters_mean_is_driven_again(stage: Stage, asked_for: dict[str, Any], driven: set[str]) -> None:
    ids = {"mail": failed(stage)[0], "push": failed(stage, error="BadTopic", channel="mobile_push")[0]}
    redrive(stage, **asked_for)
    assert {name for name, each in ids.items() if stage.row(each)["status"] == "pending"} == driven


def test_what_was_sent_is_refused_and_counted(stage: Stage) -> None:
    sent = stage.tell(2)
    stage.deliver(sent)
    result = redrive(stage, delivery_ids=[str(each) for each in sent])
    assert (result.redriven, result.refused) == (0, {"sent": 2})
    assert {stage.row(each)["status"] for each in sent} == {"sent"}


@pytest.mark.parametrize(
    ("asked_for", "ends"),
    [
        ({}, "failed"),
        ({"channel": "email"}, "failed"),
        ({"by_id": True}, "failed"),
        ({"by_id": True, "include_unknown": True}, "pending"),
        ({"include_unknown": True}, "pending"),
        ({"error": "outcome_unknown"}, "pending"),
    ],
)
def test_an_unknown_outcome_is_driven_again_only_where_that_is_asked_for(
    stage: Stage, asked_for: dict[str, Any], ends: str
) -> None:
    (delivery_id,) = failed(stage, error="outcome_unknown")
    if asked_for.pop("by_id", False):
        asked_for["delivery_ids"] = [str(delivery_id)]
    result = redrive(stage, **asked_for)
    assert result.refused == ({} if ends == "pending" else {"outcome_unknown": 1})
    assert stage.row(delivery_id)["status"] == ends


def test_a_preference_switched_off_since_ends_it_skipped(stage: Stage) -> None:
    (delivery_id,) = failed(stage)
    blob = {"notifications": {"types": {"feedback.new": {"email": False}}}}
    stage.change("update users set preferences = cast(:blob as jsonb)", blob=json_values.compact(blob))
    result = redrive(stage)
    assert (result.redriven, result.skipped) == (0, 1)
    after = stage.row(delivery_id)
    assert (after["status"], after["error"]) == ("skipped", "preference_off")
    assert history(stage, delivery_id)[-1]["reason"] == "preference_off"
    assert take(stage.queues, "email") == []


def test_an_address_suppressed_since_ends_it_skipped(stage: Stage) -> None:
    (delivery_id,) = failed(stage)
    stage.change("insert into email_suppressions (address, reason) select lower(email), 'bounced' from users")
    assert [(each.skip, each.deliveries) for each in redrive(stage).groups] == [("suppressed", 1)]
    assert stage.row(delivery_id)["error"] == "suppressed"


def test_a_suppressed_address_stops_no_push(stage: Stage) -> None:
    (delivery_id,) = failed(stage, channel="mobile_push")
    stage.change("insert into email_suppressions (address, reason) select lower(email), 'bounced' from users")
    redrive(stage)
    assert stage.row(delivery_id)["status"] == "pending"


def test_a_type_that_is_off_by_default_is_not_sent_to_who_never_chose(stage: Stage) -> None:
    (delivery_id,) = failed(stage)
    stage.change("update notifications set type = 'issue.new'")
    redrive(stage)
    assert stage.row(delivery_id)["error"] == "default_off"


ODD = st.recursive(
    st.none() | st.booleans() | st.sampled_from([0, 1, "true", "false", ""]),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(["notifications", "types", "feedback.new", "issue.new", "email", "mobile_push"]), inner
        )
    ),
    max_leaves=8,
)
TYPES = st.dictionaries(st.sampled_from(["feedback.new", "issue.new", "issue.digest"]), ODD)
CHOSEN = TYPES.map(lambda types: {"notifications": {"types": types}})


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(preferences=ODD | CHOSEN, type_=st.sampled_from(["feedback.new", "issue.new", "issue.digest", "no.such"]))
def test_preferences_are_read_as_the_domain_reads_them(stage: Stage, preferences: object, type_: str) -> None:
    stage.change("delete from notifications")
    (delivery_id,) = stage.tell()
    stage.change(FAILED, error="validation_error", id=delivery_id)
    stage.change("update users set preferences = cast(:blob as jsonb)", blob=json_values.compact(preferences))
    stage.change("update notifications set type = :type", type=type_)
    redrive(stage)
    kind = NOTIFICATION_TYPE_META.get(type_)
    wanted = kind is not None and "email" in enabled_channels(preferences, kind)
    assert stage.row(delivery_id)["status"] == ("pending" if wanted else "skipped")


def test_a_retry_after_a_redrive_goes_only_to_devices_that_have_not_had_it(stage: Stage) -> None:
    (delivery_id,) = failed(stage, channel="mobile_push")
    outcomes = {"delivered": uuid4(), "dead": uuid4(), "refused": uuid4(), "transient": uuid4(), "skipped": uuid4()}
    devices = {str(device): {"outcome": outcome, "reason": "x"} for outcome, device in outcomes.items()}
    stage.change(
        "update notification_deliveries set attempt_metadata = jsonb_build_object('devices', cast(:devices as jsonb))",
        devices=json_values.compact(devices),
    )
    redrive(stage)
    stage.deliver([delivery_id], by=stage.worker("mobile_push"))
    delivery = stage.adapter.batches[0].deliveries[0]
    registered = tuple(Device(each, "ios", "t", "production", stage.clock()) for each in outcomes.values())
    again = Delivery(
        delivery.id, delivery.user_id, delivery.notification, devices=registered, metadata=delivery.metadata
    )
    assert {device.id for device in due_devices(again)} == {
        outcomes[name] for name in ("refused", "transient", "skipped")
    }


def test_an_old_delivery_is_tried_from_its_redrive_on_as_if_it_were_new(stage: Stage) -> None:
    (delivery_id,) = failed(stage)
    stage.clock.advance(days=5)
    redrive(stage)
    stage.adapter.script = always(Retry(TransientFault("unavailable")))
    stage.deliver([delivery_id])
    after = stage.row(delivery_id)
    assert (after["status"], after["attempts"]) == ("pending", 1)


def test_a_redriven_mail_is_frozen_anew_with_todays_address(stage: Stage) -> None:
    (delivery_id,) = stage.tell()
    stage.adapter.script = always(Retry(TransientFault("timeout", ambiguous=True)))
    stage.deliver([delivery_id])
    first = stage.adapter.batches[0].id
    stage.clock.advance(hours=24)
    stage.deliver([delivery_id])
    assert stage.row(delivery_id)["error"] == "outcome_unknown"
    stage.change("update users set email = 'moved@people.example'")
    redrive(stage, include_unknown=True)
    stage.adapter.script = always(Sent())
    stage.deliver([delivery_id])
    assert stage.adapter.batches[-1].id != first
    assert stage.adapter.batches[-1].deliveries[0].address == "moved@people.example"


@pytest.mark.parametrize("batch", [1_000, 2])
def test_they_come_due_at_the_rate_that_was_asked_for(stage: Stage, batch: int) -> None:
    ids = failed(stage, 5)
    redrive(stage, rate=0.5, batch=batch)
    due = sorted((stage.row(each)["next_attempt_at"] - stage.clock()).total_seconds() for each in ids)
    assert due == [0, 2, 4, 6, 8]
    stage.deliver(ids)
    assert len(stage.adapter.told) == 1
    stage.clock.advance(seconds=5)
    stage.deliver(ids)
    assert len(stage.adapter.told) == 3


def test_the_sweep_leaves_alone_what_was_just_driven_again_and_finds_it_once_it_is_stuck(stage: Stage) -> None:
    (delivery_id,) = failed(stage)
    stage.clock.advance(hours=1)
    sweep = sweeping(stage.database, stage.queues, stage.clock)
    sweep.run()
    redrive(stage)
    assert stage.row(delivery_id)["queued_at"] == stage.clock()
    assert "email" not in sweep.run().deliveries
    stage.clock.advance(minutes=16)
    assert sweep.run().deliveries["email"] == 1


def test_a_run_takes_no_more_than_its_limit_and_says_that_more_are_left(stage: Stage) -> None:
    failed(stage, 5)
    first = redrive(stage, limit=3)
    assert (first.redriven, first.more) == (3, True)
    second = redrive(stage, limit=3)
    assert (second.redriven, second.more) == (2, False)


def test_two_redrives_at_once_have_one_effect(stage: Stage, another_database: Database) -> None:
    ids = failed(stage, 40)
    with ThreadPoolExecutor(2) as threads:
        runs = list(
            threads.map(
                lambda database: redrive(stage, database=database, rate=1000), (stage.database, another_database)
            )
        )
    assert sum(run.redriven for run in runs) == 40
    assert sorted(message.body for message in take(stage.queues, "email")) == sorted(map(str, ids))
    assert all(len(history(stage, each)) == 2 for each in ids)


def test_a_redrive_passes_by_what_another_holds_and_does_not_wait_for_it(
    stage: Stage, another_database: Database
) -> None:
    ids = failed(stage, 2)
    with another_database.transaction() as connection:
        connection.execute(text("select id from notification_deliveries where id = :id for update"), {"id": ids[0]})
        assert redrive(stage).redriven == 1
    assert [stage.row(each)["status"] for each in ids] == ["failed", "pending"]


def test_dead_letters_of_what_was_driven_again_are_removed_and_others_stay(stage: Stage) -> None:
    mended, broken = failed(stage, 2)
    stage.change(FAILED, error="invalid_address", id=broken)
    bodies = [str(mended), str(broken), "no delivery id", str(uuid4())]
    stage.queues.send("email-dlq", [Message(body, attributes={"error": "x"}) for body in bodies])
    result = redrive(stage, error="validation_error")
    assert result.dead_letters_removed == 2
    assert {message.body for message in take(stage.queues, "email-dlq")} == {str(broken), "no delivery id"}


def test_a_command_that_is_not_understood_names_the_field(stage: Stage) -> None:
    with pytest.raises(InvalidRequest, match="rate"):
        redrive(stage, rate=0)
    with pytest.raises(InvalidRequest, match="sinse"):
        redrive(stage, sinse="2h")
