"""How many statements it takes does not depend on how many people are told."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import event

from owlpost.channels.adapter import BatchReport
from owlpost.db.session import Database
from owlpost.domain.errors import TransientFault
from owlpost.domain.idempotency import Key
from owlpost.domain.mass_death import LEAST_DEAD, Deaths, Tally
from owlpost.domain.messages import DeliveryBatch
from owlpost.domain.outcomes import DeadDevice, Outcome, Retry, Sent, Skipped
from owlpost.services.delivery.attempt import DeliveryWorker
from tests.support.adapters import ScriptedAdapter
from tests.support.clock import FakeClock
from tests.support.people import add_team
from tests.support.services import dispatching
from tests.support.stage import Stage
from tests.support.unread_queues import unread_queues


@contextmanager
def statements(database: Database) -> Iterator[list[str]]:
    """The statements that this database is given meanwhile; one executed for many rows counts for each."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, executemany: bool) -> None:  # noqa: FBT001 (SQLAlchemy's signature)
        seen.extend([statement] * (len(parameters) if executemany else 1))

    event.listen(database.engine, "before_cursor_execute", note)
    yield seen
    event.remove(database.engine, "before_cursor_execute", note)


def fan_out(database: Database, clock: FakeClock, members: int) -> list[str]:
    body = {
        "type": "feedback.new",
        "recipients": {"team_id": str(add_team(database, members=members))},
        "title": "Hello",
    }
    dispatch = dispatching(database, unread_queues(), clock)
    with statements(database) as seen:
        assert dispatch.enqueue(body, platform_key=Key("lambda", str(uuid4()))).notifications == members
    return seen


def test_a_fan_out_to_2000_takes_the_statements_of_a_fan_out_to_one(database: Database, clock: FakeClock) -> None:
    one, many = (fan_out(database, clock, members) for members in (1, 2_000))
    assert many == one
    assert len(one) <= 3


@pytest.mark.parametrize("channel", ["email", "mobile_push"])
@pytest.mark.parametrize("deliveries", [1, 100])
def test_a_delivery_batch_takes_two_statements_whatever_its_size(stage: Stage, channel: str, deliveries: int) -> None:
    ids = stage.tell(deliveries, channel=channel, device="token")
    worker = stage.worker(channel)
    with statements(stage.database) as seen:
        stage.deliver(ids, by=worker)
    assert len(stage.adapter.told) == deliveries
    assert len(seen) == 2


def test_a_batch_that_fails_takes_no_more(stage: Stage) -> None:
    ids = stage.tell(100)
    stage.adapter.script = lambda _delivery: Retry(TransientFault("unavailable"))
    with statements(stage.database) as seen:
        stage.deliver(ids)
    assert len(seen) == 2


def test_messages_whose_deliveries_have_ended_take_one(stage: Stage) -> None:
    ids = stage.tell(100)
    stage.deliver(ids)
    with statements(stage.database) as seen:
        stage.deliver(ids)
    assert len(seen) == 1


def count_of_delivery(stage: Stage, worker: DeliveryWorker, ids: Sequence[UUID]) -> int:
    with statements(stage.database) as seen:
        stage.deliver(ids, by=worker)
    return len(seen)


def test_a_pause_a_probe_and_a_release_take_no_more_but_for_the_release_itself(stage: Stage) -> None:
    ids = stage.tell(50)
    worker = stage.worker()
    refused = Retry(TransientFault("invalid_api_key", counts=False))
    stage.adapter.script, stage.adapter.providers = (lambda _delivery: refused), {"resend": "invalid_api_key"}
    assert count_of_delivery(stage, worker, ids[:25]) == 2
    assert count_of_delivery(stage, worker, ids[25:]) == 1
    stage.adapter.script, stage.adapter.providers = (lambda _delivery: Sent()), {"resend": None}
    stage.clock.advance(minutes=1)
    assert count_of_delivery(stage, worker, ids) == 2 + 1
    stage.clock.advance(seconds=2)
    assert count_of_delivery(stage, worker, ids) == 2
    assert count_of_delivery(stage, worker, stage.tell(10)) == 2


class RaisesAlways(ScriptedAdapter):
    def deliver(self, batch: DeliveryBatch, _contents: Mapping[UUID, str]) -> BatchReport:
        raise ZeroDivisionError(batch.id)


def test_a_delivery_that_breaks_the_adapter_all_alone_takes_no_more_but_for_the_release(stage: Stage) -> None:
    (alone,) = stage.tell()
    stage.adapter = RaisesAlways()
    counts: list[int] = []
    for _ in range(4):
        counts.append(count_of_delivery(stage, stage.worker(), [alone]))
        stage.clock.advance(hours=7)
    assert counts == [2, 2, 2 + 1, 2]


class OneDies(ScriptedAdapter):
    """The first device of each batch is dead."""

    def deliver(self, batch: DeliveryBatch, contents: Mapping[UUID, str]) -> BatchReport:
        report = super().deliver(batch, contents)
        first, *_ = batch.deliveries
        dead = DeadDevice(first.devices[0].id, first.devices[0].registered_at)
        outcomes = {**report.outcomes, first.id: Skipped("no_live_device", dead_devices=(dead,))}
        return BatchReport(outcomes, {"apns": None}, (Deaths("ios", Tally(len(outcomes), 1)),))


def test_a_dead_token_takes_no_more(stage: Stage) -> None:
    ids = stage.tell(100, channel="mobile_push", device="token")
    stage.adapter = OneDies()
    assert count_of_delivery(stage, stage.worker("mobile_push"), ids) == 2
    with stage.database.transaction() as connection:
        assert connection.exec_driver_sql("select count(*) from retired_devices").scalar_one() == 1


class AllDie(ScriptedAdapter):
    """The first device of each delivery is dead."""

    def deliver(self, batch: DeliveryBatch, contents: Mapping[UUID, str]) -> BatchReport:
        super().deliver(batch, contents)
        dead = [(each.id, DeadDevice(each.devices[0].id, each.devices[0].registered_at)) for each in batch.deliveries]
        outcomes: dict[UUID, Outcome] = {id_: Skipped("no_live_device", dead_devices=(device,)) for id_, device in dead}
        return BatchReport(outcomes, {"apns": None}, (Deaths("ios", Tally(len(dead), len(dead))),))


def test_the_guard_against_mass_death_takes_one_more_when_it_trips_and_only_then(stage: Stage) -> None:
    few, more = (stage.tell(LEAST_DEAD - 1, channel="mobile_push", device=f"{uuid4().hex}-") for _ in range(2))
    stage.adapter = AllDie()
    worker = stage.worker("mobile_push")
    assert count_of_delivery(stage, worker, few) == 2
    with stage.database.transaction() as connection:
        assert connection.exec_driver_sql("select count(*) from retired_devices").scalar_one() == LEAST_DEAD - 1
    assert count_of_delivery(stage, worker, more) == 2 + 1
    with stage.database.transaction() as connection:
        assert connection.exec_driver_sql("select count(*) from retired_devices").scalar_one() == 0
