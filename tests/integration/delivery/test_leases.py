"""Leases, proved by what happens: workers with connections of their own on a real Postgres, at the same time."""

import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import replace
from datetime import timedelta
from threading import Barrier
from typing import TypeVar
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from infra.local.postgres.server import Postgres
from owlpost.db.session import Database, DatabaseAddress
from owlpost.domain.errors import IdempotencyConflict, TransientFault
from owlpost.domain.idempotency import Key
from owlpost.domain.messages import Delivery
from owlpost.domain.outcomes import Outcome, Retry, Sent
from owlpost.domain.requests import Continuation, EnqueueResult
from owlpost.domain.sweep_order import GRACE
from owlpost.queue import Queues
from owlpost.services.delivery.attempt import DeliveryWorker
from owlpost.services.delivery.settlement import Done, MessageFate, Postpone
from tests.support.adapters import ScriptedAdapter
from tests.support.clock import FakeClock
from tests.support.people import add_person, add_team
from tests.support.queue_reading import take
from tests.support.services import dispatching, sweeping
from tests.support.stage import Stage
from tests.support.unread_queues import unread_queues

WORKERS = 8
Result = TypeVar("Result")


@pytest.fixture
def databases(postgres: Postgres, database_name: str, stage: Stage) -> Iterator[list[Database]]:
    """The test's database, by a connection for each worker; afterwards none of them has met a deadlock."""
    address = DatabaseAddress(postgres.host, postgres.port, database_name, postgres.user)
    before = deadlocks(stage.database)
    with ExitStack() as opened:
        yield [opened.enter_context(closing(Database.at(address))) for _ in range(WORKERS)]
    assert deadlocks(stage.database) == before


def deadlocks(database: Database) -> int:
    """Return how many there were ever, also in other tests: they share the database."""
    with database.transaction() as connection:
        query = text("select deadlocks from pg_stat_database where datname = current_database()")
        return int(connection.execute(query).scalar_one())


def at_once(databases: Sequence[Database], work: Callable[[Database], Result]) -> list[Result]:
    """Do the work on each database in a thread of its own, all beginning together; raises what any of them raises."""
    start = Barrier(len(databases))

    def begin(database: Database) -> Result:
        with database.transaction() as connection:
            connection.execute(text("select 1"))  # connected before the race begins
        start.wait()
        return work(database)

    with ThreadPoolExecutor(len(databases)) as threads:
        return list(threads.map(begin, databases))


def worker(stage: Stage, database: Database, channel: str = "email") -> DeliveryWorker:
    return replace(stage.worker(channel, database=database), adapter=stage.adapter)


def in_pieces(stage: Stage, worker: DeliveryWorker, ids: Sequence[UUID], size: int) -> dict[UUID, MessageFate]:
    """Deliver them as one worker would get them: in an order of its own, a few messages at a time."""
    mine = random.sample(ids, len(ids))
    fates: dict[UUID, MessageFate] = {}
    for start in range(0, len(mine), size):
        fates |= stage.deliver(mine[start : start + size], by=worker)
    return fates


@pytest.mark.parametrize("channel", ["email", "mobile_push"])
@pytest.mark.parametrize("size", [7, 200])
def test_eight_workers_with_the_same_200_messages_send_each_once(
    stage: Stage, databases: list[Database], channel: str, size: int
) -> None:
    ids = stage.tell(200, channel=channel, device="token")
    fates = at_once(databases, lambda database: in_pieces(stage, worker(stage, database, channel), ids, size))
    assert Counter(stage.adapter.told) == Counter(ids)
    assert all(set(each) == set(ids) for each in fates)
    assert all(isinstance(fate, Done | Postpone) for each in fates for fate in each.values())
    assert stage.deliver(ids, by=worker(stage, databases[0], channel)) == dict.fromkeys(ids, Done())


def test_a_message_that_is_another_workers_comes_back_and_is_not_taken_for_done(
    stage: Stage, databases: list[Database]
) -> None:
    (delivery_id,) = stage.tell()
    waiting: list[MessageFate] = []

    def look_from_elsewhere(delivery: Delivery) -> Outcome:
        waiting.append(stage.deliver([delivery.id], by=worker(stage, databases[1]))[delivery.id])
        return Sent()

    stage.adapter.script = look_from_elsewhere
    stage.deliver([delivery_id], by=worker(stage, databases[0]))
    (fate,) = waiting
    assert isinstance(fate, Postpone)
    assert fate.seconds > 0
    assert stage.adapter.told == [delivery_id]


def test_two_workers_with_half_of_an_ambiguous_batch_each_send_it_whole_and_once(
    stage: Stage, databases: list[Database]
) -> None:
    ids = stage.tell(40)
    stage.adapter.script = lambda _delivery: Retry(TransientFault("timeout", ambiguous=True))
    stage.deliver(ids)
    (frozen,) = stage.adapter.batches
    stage.clock.advance(seconds=61)
    stage.adapter.script = lambda _delivery: Sent()
    halves = dict(zip(map(id, databases[:2]), (ids[::2], ids[1::2]), strict=True))
    at_once(databases[:2], lambda database: stage.deliver(halves[id(database)], by=worker(stage, database)))
    (again,) = stage.adapter.batches[1:]
    assert again.id == frozen.id
    assert [each.id for each in again.deliveries] == [each.id for each in frozen.deliveries]
    assert {stage.row(each)["status"] for each in ids} == {"sent"}


def test_many_workers_with_scraps_of_several_frozen_batches_send_each_whole_and_once(
    stage: Stage, databases: list[Database]
) -> None:
    batches = [stage.tell(20) for _ in range(5)]
    stage.adapter.script = lambda _delivery: Retry(TransientFault("timeout", ambiguous=True))
    for batch in batches:
        stage.deliver(batch)
    frozen = {batch.id: [each.id for each in batch.deliveries] for batch in stage.adapter.batches}
    stage.adapter.batches.clear()
    stage.clock.advance(seconds=61)
    stage.adapter.script = lambda _delivery: Sent()
    ids = [each for batch in batches for each in batch]
    at_once(databases, lambda database: in_pieces(stage, worker(stage, database), ids, 9))
    assert Counter(batch.id for batch in stage.adapter.batches) == Counter(list(frozen))
    assert {batch.id: [each.id for each in batch.deliveries] for batch in stage.adapter.batches} == frozen


def test_a_sweep_that_races_the_workers_makes_nobody_told_twice(stage: Stage, databases: list[Database]) -> None:
    ids = stage.tell(40)
    stage.clock.advance(seconds=GRACE.total_seconds() + 1)

    def sweep_or_work(database: Database) -> None:
        if database in databases[:2]:
            for _ in range(5):
                sweeping(database, stage.queues, stage.clock).run()
        else:
            in_pieces(stage, worker(stage, database), ids, 13)

    at_once(databases, sweep_or_work)
    stage.deliver([UUID(message.body) for message in take(stage.queues, "email")])
    assert Counter(stage.adapter.told) == Counter(ids)


def test_workers_race_people_who_read_and_delete_without_a_deadlock(stage: Stage, databases: list[Database]) -> None:
    ids = stage.tell(60)

    def read_or_work(database: Database) -> None:
        if database in databases[:3]:
            with database.transaction() as connection:
                connection.execute(text("update notifications set read_at = now() where read_at is null"))
        else:
            in_pieces(stage, worker(stage, database), ids, 11)

    at_once(databases, read_or_work)
    assert max(Counter(stage.adapter.told).values(), default=1) == 1
    assert {stage.row(each)["status"] for each in ids} <= {"sent", "skipped"}


def told_by(database: Database, clock: FakeClock, body: dict[str, object]) -> EnqueueResult | None:
    try:
        return dispatching(database, unread_queues(), clock).enqueue(body, platform_key=Key("lambda", str(uuid4())))
    except IdempotencyConflict:
        return None


def rows(stage: Stage) -> int:
    with stage.database.transaction() as connection:
        return int(connection.execute(text("select count(*) from notifications")).scalar_one())


def test_the_same_request_from_many_at_once_writes_once_and_all_get_one_answer(
    stage: Stage, databases: list[Database]
) -> None:
    with stage.database.transaction() as connection:
        people = [str(add_person(connection).id) for _ in range(20)]
    body = {"type": "feedback.new", "recipients": {"user_ids": people}, "title": "Hello", "idempotency_key": "k"}
    answers = at_once(databases, lambda database: told_by(database, stage.clock, dict(body)))
    assert rows(stage) == 20
    assert len([each for each in answers if each and not each.duplicate]) == 1
    assert len({each.model_copy(update={"duplicate": False}).model_dump_json() for each in answers if each}) == 1


def test_two_bodies_under_one_key_at_once_end_with_one_written_and_the_others_refused(
    stage: Stage, databases: list[Database]
) -> None:
    with stage.database.transaction() as connection:
        person = str(add_person(connection).id)
    body = {"type": "feedback.new", "recipients": {"user_ids": [person]}, "idempotency_key": "k"}
    titles = {id(database): f"Title {number}" for number, database in enumerate(databases)}
    answers = at_once(databases, lambda each: told_by(each, stage.clock, {**body, "title": titles[id(each)]}))
    assert rows(stage) == 1
    assert len([each for each in answers if each]) == 1


def test_a_chunk_whose_message_comes_to_many_at_once_is_written_once(
    stage: Stage, databases: list[Database], queues: Queues
) -> None:
    team_id = add_team(stage.database, members=30)
    request = {"type": "feedback.new", "recipients": {"team_id": str(team_id)}, "title": "Hello"}
    cut_small = dispatching(stage.database, queues, stage.clock, chunk_size=10)
    cut_small.enqueue(request, platform_key=Key("lambda", "1"))
    chunks = [Continuation.model_validate_json(message.body) for message in take(queues, "requests")]

    def resume_all(database: Database) -> None:
        for chunk in random.sample(chunks, len(chunks)):
            dispatching(database, unread_queues(), stage.clock).chunks.resume(chunk)

    at_once(databases, resume_all)
    assert rows(stage) == 30


def test_a_lease_that_ended_is_taken_by_exactly_one_of_those_who_wait_for_it(
    stage: Stage, databases: list[Database]
) -> None:
    ids = stage.tell(30)

    def die(_delivery: Delivery) -> Outcome:
        raise KeyboardInterrupt

    dying = ScriptedAdapter(die)
    with pytest.raises(KeyboardInterrupt):
        stage.deliver(ids, by=replace(stage.worker(), adapter=dying))
    stage.clock.advance(seconds=36)
    at_once(databases, lambda database: stage.deliver(ids, by=worker(stage, database)))
    (survivor,) = stage.adapter.batches
    assert survivor.id == dying.batches[0].id
    assert len(survivor.deliveries) == 30
    assert stage.clock() - survivor.deliveries[0].notification.created_at == timedelta(seconds=36)
