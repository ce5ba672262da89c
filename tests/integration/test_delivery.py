from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from owlpost.db.requests import Key
from owlpost.db.session import Database
from owlpost.domain.channels import NOTIFICATION_CHANNELS
from owlpost.domain.errors import TransientFault
from owlpost.domain.messages import Delivery
from owlpost.domain.outcomes import DeadDevice, Failed, Outcome, Retry, Sent
from owlpost.domain.retry import RetryBounds
from owlpost.queue import Queues
from owlpost.services.delivery import Delivering
from owlpost.services.dispatch import Dispatch
from owlpost.services.settlement import DeadLetter, Done, Postpone
from tests.adapters import ScriptedAdapter
from tests.clock import FakeClock
from tests.people import add_person

BOUNDS = RetryBounds(max_attempts=3, base_seconds=10, cap_seconds=60, patience_seconds=100, deadline_seconds=86_400)


@pytest.fixture
def adapter() -> ScriptedAdapter:
    return ScriptedAdapter()


@pytest.fixture
def worker(database: Database, adapter: ScriptedAdapter, clock: FakeClock) -> Callable[..., Delivering]:
    def make(channel: str = "email", *, database: Database = database) -> Delivering:
        return Delivering(
            database=database,
            adapter=adapter,
            channel=NOTIFICATION_CHANNELS[channel],
            bounds=BOUNDS,
            lease_seconds=35,
            now=clock,
        )

    return make


@pytest.fixture
def enqueued(database: Database, queues: Queues, clock: FakeClock) -> Callable[..., list[UUID]]:
    """Tells new people and answers the ids of the pending deliveries of a channel."""

    def enqueue(people: int = 1, *, channel: str = "email", device: str | None = None) -> list[UUID]:
        with database.transaction() as connection:
            ids = [add_person(connection, device=device and f"{device}{n}").id for n in range(people)]
        body = {"type": "feedback.new", "recipients": {"user_ids": list(map(str, ids))}, "title": "Hello"}
        Dispatch(database, queues, clock).enqueue(body, platform_key=Key("lambda", str(uuid4())))
        with database.transaction() as connection:
            return list(
                connection.execute(
                    text("select id from notification_deliveries where channel = :channel and status = 'pending'"),
                    {"channel": channel},
                ).scalars()
            )

    return enqueue


def soon(clock: FakeClock) -> datetime:
    return clock() + timedelta(seconds=30)


def row(database: Database, delivery_id: UUID) -> dict[str, object]:
    with database.transaction() as connection:
        found = connection.execute(text("select * from notification_deliveries where id = :id"), {"id": delivery_id})
        return dict(found.mappings().one())


def change(database: Database, statement: str, **values: object) -> None:
    with database.transaction() as connection:
        connection.execute(text(statement), values)


def always(outcome: Outcome) -> Callable[[Delivery], Outcome]:
    return lambda _delivery: outcome


def test_a_delivery_that_was_accepted_ends_sent(database, worker, enqueued, adapter, clock) -> None:
    (delivery_id,) = enqueued()
    assert worker().deliver([delivery_id], deadline=soon(clock)) == {delivery_id: Done()}
    after = row(database, delivery_id)
    assert (after["status"], after["attempts"], after["lease_id"]) == ("sent", 1, None)
    assert after["attempt_metadata"]["provider_id"] == "1"


def test_a_message_that_comes_twice_is_sent_once(worker, enqueued, adapter, clock) -> None:
    ids = enqueued(3)
    worker().deliver(ids, deadline=soon(clock))
    assert worker().deliver(ids, deadline=soon(clock)) == dict.fromkeys(ids, Done())
    assert sorted(adapter.told) == sorted(ids)


def test_a_finished_delivery_is_never_rewritten(database, worker, enqueued, adapter, clock) -> None:
    (delivery_id,) = enqueued()
    worker().deliver([delivery_id], deadline=soon(clock))
    adapter.script = always(Failed("later"))
    worker().deliver([delivery_id], deadline=soon(clock))
    assert row(database, delivery_id)["status"] == "sent"


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("update notifications set read_at = now()", "read"),
        ("update notifications set deleted_at = now()", "deleted"),
        ("delete from users", "user_gone"),
        ("update users set email = ''", "no_address"),
        ("insert into email_suppressions (address, reason) select lower(email), 'bounced' from users", "suppressed"),
    ],
)
def test_what_changed_since_it_was_enqueued_is_skipped_with_the_reason(
    database, worker, enqueued, adapter, clock, statement, reason
) -> None:
    (delivery_id,) = enqueued()
    change(database, statement)
    assert worker().deliver([delivery_id], deadline=soon(clock)) == {delivery_id: Done()}
    after = row(database, delivery_id)
    assert (after["status"], after["error"]) == ("skipped", reason)
    assert adapter.batches == []


def test_a_member_who_left_the_team_is_not_told(database, worker, enqueued, adapter, clock) -> None:
    (delivery_id,) = enqueued()
    team_id = uuid4()
    change(database, "insert into teams (id, name, slug) values (:id, 'T', 't')", id=team_id)
    change(database, "update notifications set team_id = :id", id=team_id)
    worker().deliver([delivery_id], deadline=soon(clock))
    assert row(database, delivery_id)["error"] == "left_team"


def test_one_that_is_refused_hurts_itself_alone(database, worker, enqueued, adapter, clock) -> None:
    ids = enqueued(3)
    adapter.script = lambda delivery: Failed("validation_error") if delivery.id == ids[1] else Sent()
    assert set(worker().deliver(ids, deadline=soon(clock)).values()) == {Done()}
    assert [row(database, each)["status"] for each in ids] == ["sent", "failed", "sent"]


def test_a_transient_fault_keeps_it_pending_and_postpones_its_message(database, worker, enqueued, adapter, clock) -> None:
    (delivery_id,) = enqueued()
    adapter.script = always(Retry(TransientFault("unavailable", retry_after=7)))
    verdict = worker().deliver([delivery_id], deadline=soon(clock))[delivery_id]
    assert isinstance(verdict, Postpone)
    assert 7 <= verdict.seconds <= 17
    after = row(database, delivery_id)
    assert (after["status"], after["error"], after["attempts"]) == ("pending", "unavailable", 1)
    early = worker().deliver([delivery_id], deadline=soon(clock))[delivery_id]
    assert isinstance(early, Postpone)
    assert len(adapter.batches) == 1
    clock.advance(seconds=18)
    adapter.script = always(Sent())
    assert worker().deliver([delivery_id], deadline=soon(clock))[delivery_id] == Done()


def test_the_last_transient_fault_fails_it_and_leaves_a_dead_letter(database, worker, enqueued, adapter, clock) -> None:
    (delivery_id,) = enqueued()
    adapter.script = always(Retry(TransientFault("unavailable")))
    verdicts = []
    for _ in range(4):
        verdicts.append(worker().deliver([delivery_id], deadline=soon(clock))[delivery_id])
        clock.advance(seconds=61)
    assert verdicts[-1] == DeadLetter("attempts_exhausted: unavailable") or verdicts[-2] == DeadLetter(
        "attempts_exhausted: unavailable"
    )
    assert row(database, delivery_id)["status"] == "failed"


def test_a_rate_limit_uses_up_no_attempt(database, worker, enqueued, adapter, clock) -> None:
    (delivery_id,) = enqueued()
    adapter.script = always(Retry(TransientFault("rate_limited", counts=False)))
    for _ in range(10):
        worker().deliver([delivery_id], deadline=soon(clock))
        clock.advance(seconds=61)
    after = row(database, delivery_id)
    assert (after["status"], after["attempts"]) == ("pending", 0)


def test_an_adapter_that_raises_strands_no_row(database, worker, enqueued, adapter, clock) -> None:
    def explode(_delivery: Delivery) -> Outcome:
        raise ZeroDivisionError

    ids = enqueued(2)
    adapter.script = explode
    assert all(isinstance(each, Postpone) for each in worker().deliver(ids, deadline=soon(clock)).values())
    assert [row(database, each)["error"] for each in ids] == ["adapter_error"] * 2


def test_an_ambiguous_batch_comes_back_with_the_same_members_under_the_same_id(
    worker, enqueued, adapter, clock
) -> None:
    ids = enqueued(5)
    adapter.script = always(Retry(TransientFault("timeout", ambiguous=True)))
    worker().deliver(ids, deadline=soon(clock))
    clock.advance(seconds=61)
    enqueued(2)
    adapter.script = always(Sent())
    worker().deliver([ids[3]], deadline=soon(clock))
    first, second = adapter.batches
    assert second.id == first.id
    assert [each.id for each in second.deliveries] == [each.id for each in first.deliveries]


def test_a_frozen_batch_keeps_its_members_and_addresses_whatever_has_changed(
    database, worker, enqueued, adapter, clock
) -> None:
    ids = enqueued(3)
    adapter.script = always(Retry(TransientFault("timeout", ambiguous=True)))
    worker().deliver(ids, deadline=soon(clock))
    change(database, "update notifications set read_at = now()")
    change(database, "update users set email = 'moved-' || email")
    clock.advance(seconds=61)
    worker().deliver(ids, deadline=soon(clock))
    first, second = adapter.batches
    assert second.deliveries[0].address == first.deliveries[0].address
    assert len(second.deliveries) == 3


def test_a_batch_once_ambiguous_stays_frozen_after_a_clear_refusal(worker, enqueued, adapter, clock) -> None:
    ids = enqueued(2)
    for fault in (TransientFault("timeout", ambiguous=True), TransientFault("rate_limited", counts=False)):
        adapter.script = always(Retry(fault))
        worker().deliver(ids, deadline=soon(clock))
        clock.advance(seconds=61)
    worker().deliver(ids, deadline=soon(clock))
    assert len({batch.id for batch in adapter.batches}) == 1
    assert len(adapter.batches) == 3


def test_a_batch_that_was_clearly_refused_is_judged_and_frozen_anew(database, worker, enqueued, adapter, clock) -> None:
    ids = enqueued(2)
    adapter.script = always(Retry(TransientFault("rate_limited", counts=False)))
    worker().deliver(ids, deadline=soon(clock))
    change(
        database,
        "update notifications set read_at = now() where id ="
        " (select notification_id from notification_deliveries where id = :id)",
        id=ids[0],
    )
    clock.advance(seconds=61)
    adapter.script = always(Sent())
    worker().deliver(ids, deadline=soon(clock))
    first, second = adapter.batches
    assert second.id != first.id
    assert [row(database, each)["status"] for each in ids] == ["skipped", "sent"]


def test_an_unknown_outcome_is_not_sent_again_once_the_provider_may_have_forgotten_it(
    database, worker, enqueued, adapter, clock
) -> None:
    ids = enqueued(2)
    adapter.script = always(Retry(TransientFault("timeout", ambiguous=True)))
    worker().deliver(ids, deadline=soon(clock))
    clock.advance(hours=23, seconds=1)
    worker().deliver(ids, deadline=soon(clock))
    assert [row(database, each)["error"] for each in ids] == ["outcome_unknown"] * 2
    assert len(adapter.batches) == 1


def test_a_worker_that_died_leaves_its_batch_to_the_next_once_its_lease_has_ended(
    database, another_database, worker, enqueued, adapter, clock
) -> None:
    ids = enqueued(3)
    dying = worker()

    def die(_delivery: Delivery) -> Outcome:
        raise KeyboardInterrupt

    adapter.script = die
    with pytest.raises(KeyboardInterrupt):
        dying.deliver(ids, deadline=soon(clock))
    adapter.script = always(Sent())
    survivor = worker(database=another_database)
    waiting = survivor.deliver(ids, deadline=soon(clock))
    assert all(isinstance(verdict, Postpone) and verdict.seconds == 35 for verdict in waiting.values())
    clock.advance(seconds=36)
    assert set(survivor.deliver(ids, deadline=soon(clock)).values()) == {Done()}
    assert adapter.batches[0].id == adapter.batches[1].id


def test_a_worker_that_comes_back_after_its_lease_changes_nothing(
    database, another_database, worker, enqueued, adapter, clock
) -> None:
    (delivery_id,) = enqueued()
    survivor = worker(database=another_database)

    def stall(_delivery: Delivery) -> Outcome:
        clock.advance(seconds=36)
        adapter.script = always(Sent())
        assert survivor.deliver([delivery_id], deadline=soon(clock)) == {delivery_id: Done()}
        return Failed("too_late")

    adapter.script = stall
    assert isinstance(worker().deliver([delivery_id], deadline=soon(clock))[delivery_id], Postpone)
    assert row(database, delivery_id)["status"] == "sent"


def test_push_loads_devices_and_the_unread_count_as_badge(worker, enqueued, adapter, clock) -> None:
    (delivery_id,) = enqueued(channel="mobile_push", device="abc")
    worker("mobile_push").deliver([delivery_id], deadline=soon(clock))
    (delivery,) = adapter.batches[0].deliveries
    assert [device.token for device in delivery.devices] == ["abc0"]
    assert delivery.unread == 1


def test_a_dead_device_is_removed_unless_it_was_registered_again_since(database, worker, enqueued, adapter, clock) -> None:
    first, second = enqueued(2, channel="mobile_push", device="abc")

    def dead(delivery: Delivery) -> Outcome:
        (device,) = delivery.devices
        since = device.registered_at + timedelta(seconds=1 if delivery.id == first else -1)
        return Sent(dead_devices=(DeadDevice(device.id, since),))

    adapter.script = dead
    worker("mobile_push").deliver([first, second], deadline=soon(clock))
    with database.transaction() as connection:
        assert connection.execute(text("select count(*) from user_devices")).scalar_one() == 1


def test_unknown_and_foreign_delivery_ids_are_done_with(worker, enqueued, adapter, clock) -> None:
    (push_id,) = enqueued(channel="mobile_push")
    stray = uuid4()
    verdicts = worker().deliver([stray], deadline=soon(clock))
    assert verdicts == {stray: Done()}
    assert push_id not in adapter.told
