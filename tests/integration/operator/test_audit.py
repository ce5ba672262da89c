import json
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from functions import audit as audit_function
from infra.cli import views
from owlpost.domain import commands
from owlpost.domain.errors import TransientFault
from owlpost.domain.idempotency import Key
from owlpost.domain.outcomes import Retry
from owlpost.domain.requests import Continuation
from owlpost.services.operator.audit import Audit, Balance
from tests.support.people import add_team
from tests.support.queue_reading import take
from tests.support.services import dispatching
from tests.support.stage import Stage
from tests.support.wired import Context, Wired


def audit(stage: Stage, **asked_for: object) -> Balance:
    command = commands.parse({"command": "audit", **asked_for})
    assert isinstance(command, commands.CheckBalance)
    return Audit(stage.database, timedelta(days=30), stage.clock).check(command)


def deliveries(stage: Stage, channel: str) -> list[UUID]:
    with stage.database.transaction() as connection:
        rows = connection.execute(
            text("select id from notification_deliveries where channel = :channel"), {"channel": channel}
        )
        return list(rows.scalars())


def deliver_everything(stage: Stage, *channels: str) -> None:
    for channel in channels or ("email", "mobile_push"):
        stage.deliver(deliveries(stage, channel), by=stage.worker(channel))


def test_what_was_accepted_and_delivered_balances(stage: Stage) -> None:
    stage.tell(3)
    stage.tell(2)
    deliver_everything(stage)
    stage.clock.advance(hours=2)
    balance = audit(stage)
    assert balance.balances
    assert (balance.requests, balance.accepted_notifications, balance.stored_notifications) == (2, 5, 5)
    assert (balance.accepted_deliveries, balance.stored_deliveries) == (15, 15)
    assert balance.by_status == {"sent": 15}


def test_a_system_at_rest_that_was_told_nothing_balances(stage: Stage) -> None:
    assert audit(stage).balances


@pytest.mark.parametrize(
    "statement",
    [
        "delete from notification_deliveries where id = :id",
        "delete from notifications where id = (select notification_id from notification_deliveries where id = :id)",
    ],
)
def test_a_row_that_is_missing_is_found_and_its_request_named(stage: Stage, statement: str) -> None:
    stage.tell()
    (delivery_id, _) = stage.tell(2)
    stage.change(statement, id=delivery_id)
    balance = audit(stage)
    assert not balance.balances
    assert balance.off_balance == 1
    assert balance.requests_off_balance[0]["accepted_notifications"] == 2


def test_rows_that_nobody_asked_for_are_found(stage: Stage) -> None:
    stage.tell()
    stage.change("delete from notification_requests")
    balance = audit(stage)
    assert not balance.balances
    assert (balance.requests, balance.off_balance) == (0, 1)


def test_a_person_told_twice_by_one_request_is_found(stage: Stage) -> None:
    stage.tell(2)
    stage.change("update notifications set user_id = (select min(cast(user_id as text)) from notifications)::uuid")
    assert (audit(stage).duplicates, audit(stage).balances) == (1, False)


def test_a_young_delivery_that_is_still_pending_is_no_fault(stage: Stage) -> None:
    stage.tell()
    stage.clock.advance(minutes=59)
    assert audit(stage).balances


def test_a_delivery_that_should_have_ended_is_found_and_named(stage: Stage) -> None:
    (delivery_id,) = stage.tell()
    deliver_everything(stage, "mobile_push")
    stage.clock.advance(minutes=61)
    balance = audit(stage)
    assert not balance.balances
    assert (balance.overdue, balance.overdue_deliveries) == (1, [str(delivery_id)])


def test_an_old_delivery_that_waits_for_its_next_attempt_is_no_fault(stage: Stage) -> None:
    (delivery_id,) = stage.tell()
    deliver_everything(stage)
    stage.change(
        "update notification_deliveries set status = 'pending', next_attempt_at = :due where id = :id",
        id=delivery_id,
        due=stage.clock() + timedelta(hours=5),
    )
    stage.clock.advance(hours=5)
    assert audit(stage).balances
    stage.clock.advance(hours=2)
    assert not audit(stage).balances


def test_an_old_delivery_in_a_workers_hands_is_no_fault(stage: Stage) -> None:
    (delivery_id,) = stage.tell()
    stage.adapter.script = lambda _delivery: Retry(TransientFault("unavailable"))
    stage.clock.advance(hours=3)
    stage.change("update notification_deliveries set status = 'sent' where id <> :id", id=delivery_id)
    stage.change("update notification_deliveries set leased_until = :until", until=stage.clock() + timedelta(seconds=9))
    assert audit(stage).balances


def test_a_large_team_balances_between_its_chunks_and_a_lost_chunk_is_found(stage: Stage) -> None:
    dispatch = dispatching(stage.database, stage.queues, stage.clock, chunk_size=10)
    team_id = add_team(stage.database, members=35)
    body = {"type": "feedback.new", "recipients": {"team_id": str(team_id)}, "title": "Hello"}
    dispatch.enqueue(body, platform_key=Key("lambda", str(uuid4())))
    assert audit(stage).balances
    messages = take(stage.queues, "requests")
    for message in messages[:2]:
        dispatch.chunks.resume(Continuation.model_validate_json(message.body))
    assert (audit(stage).stored_notifications, audit(stage).balances) == (30, True)
    deliver_everything(stage)
    stage.clock.advance(minutes=61)
    balance = audit(stage)
    assert not balance.balances
    assert balance.requests_off_balance[0]["overdue_chunks"] == 1


def test_chunks_written_in_the_window_of_a_request_accepted_before_it_are_no_fault(stage: Stage) -> None:
    dispatch = dispatching(stage.database, stage.queues, stage.clock, chunk_size=10)
    team_id = add_team(stage.database, members=15)
    body = {"type": "feedback.new", "recipients": {"team_id": str(team_id)}, "title": "Hello"}
    dispatch.enqueue(body, platform_key=Key("lambda", str(uuid4())))
    (message,) = take(stage.queues, "requests")
    stage.clock.advance(minutes=10)
    dispatch.chunks.resume(Continuation.model_validate_json(message.body))
    deliver_everything(stage)
    balance = audit(stage, since=(stage.clock() - timedelta(minutes=5)).isoformat())
    assert (balance.requests, balance.balances) == (0, True)


def test_what_is_older_than_its_receipt_is_not_looked_at(stage: Stage) -> None:
    stage.tell()
    deliver_everything(stage)
    stage.change("delete from notification_requests")
    stage.clock.advance(days=30)
    assert audit(stage, since="2000-01-01T00:00:00Z").balances


def off_balance(lines: str) -> list[float]:
    """What the alarm's metric was given."""
    metrics = [json.loads(line) for line in lines.splitlines()]
    return [number for line in metrics for number in line.get("AuditOffBalance", [])]


def test_the_daily_run_says_by_its_metric_whether_the_alarm_is_to_ring(
    wired: Wired, stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    wired.as_function("audit")
    stage.clock.move_to(datetime.now(UTC))
    stage.tell(2)
    capsys.readouterr()
    assert audit_function.handler({}, Context())["balances"] is True
    assert off_balance(capsys.readouterr().out) == [0]
    stage.change("delete from notifications where id in (select id from notifications limit 1)")
    assert audit_function.handler({}, Context())["off_balance"] == 1
    assert off_balance(capsys.readouterr().out) == [1]


def test_an_operator_who_looks_does_not_end_the_alarm(stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    stage.tell()
    capsys.readouterr()
    assert audit(stage).balances
    assert off_balance(capsys.readouterr().out) == []


def test_a_daily_run_looks_again_at_what_the_one_before_may_have_seen_too_early(stage: Stage) -> None:
    stage.tell()
    stage.change("delete from notifications")
    daily = Audit(stage.database, timedelta(days=30), stage.clock)
    stage.clock.advance(hours=25)
    assert daily.check_daily().off_balance == 1
    stage.clock.advance(hours=2)
    assert daily.check_daily().off_balance == 0


def test_what_is_pending_is_counted_by_why_with_the_age_of_the_oldest(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    begun = stage.clock()
    held, waiting, retried, due, _ = stage.tell(5)
    stage.clock.advance(minutes=10)
    stage.change(
        "update notification_deliveries set waits_for = 'quiet_hours', next_attempt_at = now() + interval '8 hours'"
        " where id = :id",
        id=waiting,
    )
    stage.change("update notification_deliveries set waits_for = 'held' where id = :id", id=held)
    stage.adapter.script = lambda _delivery: Retry(TransientFault("timeout", retry_after=600))
    stage.deliver([retried])
    stage.change(
        "update notification_deliveries set created_at = created_at + interval '5 minutes' where id = :id", id=due
    )
    stage.change("update notification_deliveries set status = 'sent' where channel = 'mobile_push'")
    balance = audit(stage)
    assert balance.balances
    assert {kind: (group.deliveries, group.oldest) for kind, group in balance.pending.items()} == {
        "due": (2, begun),
        "retrying": (1, begun),
        "waiting": (1, begun),
        "held": (1, begun),
    }
    capsys.readouterr()
    assert views.balance(json.loads(balance.model_dump_json()))
    since = f"(since {begun:%Y-%m-%d %H:%M:%S})"
    groups = f"2 due {since}, 1 retrying {since}, 1 waiting by a rule {since}, 1 held {since}"
    assert f"Pending, with the time of the oldest: {groups}." in capsys.readouterr().out


def test_where_all_has_ended_nothing_is_said_to_be_pending(stage: Stage) -> None:
    stage.tell()
    deliver_everything(stage)
    assert audit(stage).pending == {}


def test_what_came_long_ago_and_is_back_from_a_snooze_is_no_row_without_a_receipt(stage: Stage) -> None:
    """Receipts are deleted in time; a snooze moves `created_at`."""
    stage.tell(3)
    deliver_everything(stage)
    stage.change("delete from notification_requests")
    assert not audit(stage).balances
    stage.change("update notifications set snoozed_from = created_at - interval '60 days'")
    assert audit(stage).balances
