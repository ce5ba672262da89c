"""A dead token leaves the registry at once, and a provider that errs costs nobody a registration."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from infra.local.providers.faults import Fault
from infra.local.providers.server import Options, Providers
from owlpost.channels.adapter import BatchReport, ChannelAdapter
from owlpost.channels.mobile_push.apns import Apns
from owlpost.channels.mobile_push.channel import MobilePush
from owlpost.channels.mobile_push.settings import apns_settings
from owlpost.db.delivery.retired_devices import raise_devices
from owlpost.db.people import devices
from owlpost.db.session import Database
from owlpost.domain.channels import NOTIFICATION_CHANNELS
from owlpost.domain.devices import Registration
from owlpost.domain.idempotency import Key
from owlpost.domain.messages import Delivery, DeliveryBatch
from owlpost.services.delivery.attempt import DeliveryWorker
from tests.support.engine_stage import eventually
from tests.support.push_stage import section
from tests.support.row_locks import waits_for_a_lock
from tests.support.services import dispatching
from tests.support.stage import BOUNDS, LEASE_SECONDS, Stage

CHANNEL = NOTIFICATION_CHANNELS["mobile_push"]


@pytest.fixture
def providers(tmp_path: Path, stage: Stage) -> Iterator[Providers]:
    stage.clock.move_to(datetime.now(UTC))
    with Providers(tmp_path, Options(clock=lambda: stage.clock().timestamp())) as running:
        yield running


@contextmanager
def pushing(stage: Stage, providers: Providers, off: timedelta = timedelta()) -> Iterator[DeliveryWorker]:
    """A worker with a container of its own, whose clock is off by so much."""
    settings = apns_settings(section(providers))
    assert settings

    def seconds() -> float:
        return (stage.clock() + off).timestamp()

    adapter = MobilePush({"ios": Apns(settings, clock=seconds)}, clock=seconds)
    try:
        yield DeliveryWorker(
            database=stage.database,
            adapter=adapter,
            channel=CHANNEL,
            bounds=BOUNDS,
            lease_seconds=LEASE_SECONDS,
            release=stage.release(CHANNEL.key),
            now=lambda: stage.clock() + off,
        )
    finally:
        adapter.close()


@pytest.fixture
def worker(stage: Stage, providers: Providers) -> Iterator[DeliveryWorker]:
    with pushing(stage, providers) as worker:
        yield worker


@pytest.fixture
def other_worker(stage: Stage, providers: Providers) -> Iterator[DeliveryWorker]:
    with pushing(stage, providers) as worker:
        yield worker


def told(stage: Stage, people: int) -> list[UUID]:
    """Tell so many people with an iPhone each, that were registered a day ago."""
    ids = stage.tell(people, channel="mobile_push", device=uuid4().hex)
    stage.change(
        "update user_devices set token = md5(token) || md5(token), platform = 'ios', registered_at = now() - interval '1 day'"
        " where length(token) < 64"
    )
    return ids


def err(providers: Providers) -> None:
    providers.faults.add(Fault(provider="apns", fault="dead_token"))


def count(stage: Stage, table: str) -> int:
    with stage.database.transaction() as connection:
        return int(connection.execute(text(f"select count(*) from {table}")).scalar_one())


def registered(stage: Stage) -> int:
    return count(stage, "user_devices")


def retired(stage: Stage) -> int:
    return count(stage, "retired_devices")


def errors(stage: Stage, ids: list[UUID]) -> set[tuple[str, str | None]]:
    return {(row["status"], row["error"]) for row in map(stage.row, ids)}


def test_a_dead_device_leaves_the_registry_at_once_and_is_kept_to_be_raised(
    stage: Stage, providers: Providers, worker: DeliveryWorker
) -> None:
    ids = told(stage, 3)
    err(providers)
    stage.deliver(ids, by=worker)
    assert (registered(stage), retired(stage)) == (0, 3)
    assert errors(stage, ids) == {("skipped", "no_live_device")}


def test_a_provider_that_errs_over_many_batches_and_workers_costs_nobody_a_registration(
    stage: Stage, providers: Providers, worker: DeliveryWorker, other_worker: DeliveryWorker
) -> None:
    ids = told(stage, 60)
    err(providers)
    for start in range(0, 60, 6):
        stage.deliver(ids[start : start + 6], by=(worker, other_worker)[start // 6 % 2])
        stage.clock.advance(seconds=10)
    assert (registered(stage), retired(stage)) == (60, 0)
    # The first batch was believed: there were not enough deaths to doubt. Its deliveries come back with the devices.
    assert {status for status, _ in errors(stage, ids)} == {"pending"}


def test_what_waits_is_sent_when_the_provider_errs_no_more(
    stage: Stage, providers: Providers, worker: DeliveryWorker
) -> None:
    ids = told(stage, 12)
    err(providers)
    stage.deliver(ids, by=worker)
    assert errors(stage, ids) == {("pending", "mass_dead_tokens")}
    providers.faults.clear()
    drive(stage, ids, worker)
    assert errors(stage, ids) == {("sent", None)}
    assert registered(stage) == 12


def test_a_wave_of_truly_dead_tokens_is_believed_when_it_is_called_dead_again_later(
    stage: Stage, providers: Providers, worker: DeliveryWorker
) -> None:
    ids = told(stage, 30)
    with stage.database.transaction() as connection:
        tokens = connection.execute(text("select token from user_devices order by id limit 15")).scalars().all()
    for token in tokens:
        providers.faults.add(Fault(provider="apns", fault="dead_token", match=token))
    stage.deliver(ids, by=worker)
    assert (registered(stage), retired(stage)) == (30, 0)
    drive(stage, ids, worker)
    assert errors(stage, ids) == {("sent", None), ("skipped", "no_live_device")}
    assert (registered(stage), retired(stage)) == (15, 15)


def drive(stage: Stage, ids: list[UUID], worker: DeliveryWorker) -> None:
    """Let time go by until each delivery has ended, for a day at most: which one probes is drawn by lot."""
    for _ in range(24 * 30):
        stage.clock.advance(seconds=120)
        stage.deliver(ids, by=worker)
        if "pending" not in {status for status, _ in errors(stage, ids)}:
            return


@dataclass
class Interrupted:
    """An adapter after whose answer something else happens, before the worker can record it."""

    adapter: ChannelAdapter[Any]
    meanwhile: Callable[[], object]

    def render(self, delivery: Delivery) -> object:
        return self.adapter.render(delivery)

    def deliver(self, batch: DeliveryBatch, contents: Mapping[UUID, Any]) -> BatchReport:
        report = self.adapter.deliver(batch, contents)
        self.meanwhile()
        return report


def tell_again(stage: Stage, delivery_ids: Sequence[UUID]) -> list[UUID]:
    """Tell the same people something else."""
    people = "select user_id from notifications n join notification_deliveries d on d.notification_id = n.id"
    with stage.database.transaction() as connection:
        users = connection.execute(text(f"{people} where d.id = any(:ids)"), {"ids": list(delivery_ids)}).scalars()
        body = {"type": "feedback.new", "recipients": {"user_ids": list(map(str, users))}, "title": "And this"}
    before = set(stage.pending("mobile_push"))
    dispatching(stage.database, stage.queues, stage.clock).enqueue(body, platform_key=Key("lambda", str(uuid4())))
    return sorted(set(stage.pending("mobile_push")) - before)


def pushed(providers: Providers) -> list[tuple[str, str]]:
    """The token and the collapse id of each push that Apple took."""
    return [(row["recipient"], row["headers"]["apns-collapse-id"]) for row in providers.ledger.accepted()]


def test_what_ended_for_a_device_that_comes_back_is_sent_after_all_and_once(
    stage: Stage, providers: Providers, worker: DeliveryWorker
) -> None:
    early = told(stage, 5)
    read, *others = early
    err(providers)
    stage.deliver(early, by=worker)
    assert errors(stage, early) == {("skipped", "no_live_device")}
    between = tell_again(stage, others)
    stage.deliver(between, by=worker)
    assert errors(stage, between) == {("skipped", "no_device")}
    of_read = "id = (select notification_id from notification_deliveries where id = :id)"
    stage.change(f"update notifications set read_at = now() where {of_read}", id=read)
    stage.clock.advance(minutes=5)
    late = told(stage, 15)
    stage.deliver(late, by=worker)
    assert errors(stage, [*others, *between, *late]) == {("pending", "mass_dead_tokens")}
    providers.faults.clear()
    drive(stage, [*others, *between, *late], worker)
    assert errors(stage, [*others, *between, *late]) == {("sent", None)}
    assert errors(stage, [read]) == {("skipped", "no_live_device")}
    assert len(pushed(providers)) == len(set(pushed(providers))) == 4 + 4 + 15


def test_what_came_back_is_due_as_soon_as_a_probe_passes(
    stage: Stage, providers: Providers, worker: DeliveryWorker
) -> None:
    early = told(stage, 5)
    err(providers)
    stage.deliver(early, by=worker)
    stage.clock.advance(minutes=5)
    late = told(stage, 15)
    stage.deliver(late, by=worker)
    providers.faults.clear()
    stage.clock.advance(seconds=61)
    stage.deliver(late, by=worker)
    assert max(stage.row(each)["next_attempt_at"] for each in early) <= stage.clock() + timedelta(seconds=1)


def test_what_a_worker_settles_after_the_guard_has_tripped_comes_back_too(
    stage: Stage, providers: Providers, worker: DeliveryWorker, other_worker: DeliveryWorker
) -> None:
    slow, late = told(stage, 5), told(stage, 15)
    err(providers)
    interrupted = Interrupted(other_worker.adapter, lambda: stage.deliver(late, by=worker))
    stage.deliver(slow, by=replace(other_worker, adapter=interrupted))
    assert (registered(stage), retired(stage)) == (20, 0)
    assert errors(stage, slow) == {("pending", "mass_dead_tokens")}


def test_what_a_worker_had_found_no_phone_for_when_the_guard_tripped_is_sent_after_all_and_once(
    stage: Stage, providers: Providers, worker: DeliveryWorker, other_worker: DeliveryWorker
) -> None:
    """It has them under way while their phones come back, and settles them afterwards."""
    early = told(stage, 5)
    err(providers)
    stage.deliver(early, by=worker)
    between, slow, late = tell_again(stage, early), told(stage, 1), told(stage, 15)
    interrupted = Interrupted(other_worker.adapter, lambda: stage.deliver(late, by=worker))
    stage.deliver([*between, *slow], by=replace(other_worker, adapter=interrupted))
    assert errors(stage, between) == {("pending", "mass_dead_tokens")}
    providers.faults.clear()
    ids = [*early, *between, *slow, *late]
    drive(stage, ids, worker)
    assert errors(stage, ids) == {("sent", None)}
    assert len(pushed(providers)) == len(set(pushed(providers))) == 5 + 5 + 1 + 15
    assert not any("device_returned" in stage.row(each)["attempt_metadata"] for each in ids)


def test_a_worker_that_settles_while_the_guard_brings_phones_back_waits_and_sends_after_all(
    stage: Stage, providers: Providers, worker: DeliveryWorker, another_database: Database
) -> None:
    early = told(stage, 5)
    err(providers)
    stage.deliver(early, by=worker)
    between, slow = tell_again(stage, early), told(stage, 1)
    threads: list[Thread] = []

    def bring_back() -> None:
        holding = another_database.transaction()
        connection = holding.__enter__()
        assert raise_devices(connection, "ios")[0] == 5

        def commit_once_the_worker_waits() -> None:
            eventually(lambda: waits_for_a_lock(connection))
            holding.__exit__(None, None, None)

        threads.append(Thread(target=commit_once_the_worker_waits))
        threads[0].start()

    stage.deliver([*between, *slow], by=replace(worker, adapter=Interrupted(worker.adapter, bring_back)))
    threads[0].join()
    assert errors(stage, between) == {("pending", "mass_dead_tokens")}


@pytest.mark.parametrize(("ended", "then"), [("skipped", "pending"), ("sent", "sent")])
def test_the_guard_waits_for_a_worker_that_settles_and_judges_by_what_it_has_written(
    stage: Stage, providers: Providers, worker: DeliveryWorker, another_database: Database, ended: str, then: str
) -> None:
    """As one that has found no phone, or has sent to another."""
    early = told(stage, 1)
    err(providers)
    stage.deliver(early, by=worker)
    [between] = tell_again(stage, early)
    stage.change("update notification_deliveries set lease_id = owlpost_uuid7() where id = :id", id=between)
    settle = """
        update notification_deliveries set lease_id = null, status = :status, attempted_at = now(),
          error = case :status when 'skipped' then 'no_device' end
        where id = :id
    """
    with another_database.transaction() as connection:
        connection.execute(text(settle), {"id": between, "status": ended})
        raising = Thread(target=bring_back, args=(stage,))
        raising.start()
        eventually(lambda: waits_for_a_lock(connection))
    raising.join()
    assert stage.row(between)["status"] == then


def bring_back(stage: Stage) -> None:
    with stage.database.transaction() as connection:
        raise_devices(connection, "ios")


def test_a_push_that_another_phone_has_is_not_sent_to_it_again_when_a_phone_comes_back(
    stage: Stage, providers: Providers, worker: DeliveryWorker
) -> None:
    (early,) = told(stage, 1)
    stage.change(
        "insert into user_devices (id, user_id, channel, platform, token, environment, registered_at)"
        " select owlpost_uuid7(), user_id, channel, platform, repeat('ab', 32), environment, registered_at from user_devices"
    )
    with stage.database.transaction() as connection:
        statement = text("select token from user_devices where token <> :second")
        first = connection.execute(statement, {"second": "ab" * 32}).scalar_one()
    providers.faults.add(Fault(provider="apns", fault="dead_token", match=first))
    providers.faults.add(Fault(provider="apns", fault="error_503", match="ab" * 32, times=1))
    stage.deliver([early], by=worker)
    assert stage.row(early)["status"] == "pending"
    late = told(stage, 15)
    err(providers)
    stage.deliver(late, by=worker)
    providers.faults.clear()
    drive(stage, [early, *late], worker)
    assert len(pushed(providers)) == len(set(pushed(providers))) == 2 + 15


def test_what_was_retired_long_before_stays_retired(stage: Stage, providers: Providers, worker: DeliveryWorker) -> None:
    early, late = told(stage, 5), told(stage, 15)
    err(providers)
    stage.deliver(early, by=worker)
    stage.clock.advance(minutes=11)
    stage.deliver(late, by=worker)
    assert (registered(stage), retired(stage)) == (15, 5)


def test_a_token_that_registered_again_meanwhile_is_not_registered_twice(
    stage: Stage, providers: Providers, worker: DeliveryWorker
) -> None:
    early, late = told(stage, 5), told(stage, 15)
    err(providers)
    stage.deliver(early, by=worker)
    stage.change(
        "insert into user_devices (user_id, platform, token, registered_at)"
        " select user_id, platform, token, now() + interval '1 hour' from retired_devices order by id limit 1"
    )
    stage.deliver(late, by=worker)
    assert (registered(stage), retired(stage)) == (20, 0)


def test_a_device_that_signed_out_while_it_was_retired_never_comes_back(
    stage: Stage, providers: Providers, worker: DeliveryWorker
) -> None:
    early, late = told(stage, 5), told(stage, 15)
    err(providers)
    stage.deliver(early, by=worker)
    with stage.database.transaction() as connection:
        gone = connection.execute(text("select id, user_id from retired_devices limit 1")).one()
        devices.delete(connection, gone.user_id, gone.id)
    stage.deliver(late, by=worker)
    assert (registered(stage), retired(stage)) == (19, 0)


@pytest.mark.parametrize("off", [timedelta(minutes=-10), timedelta(minutes=10)], ids=str)
def test_a_doubt_is_as_old_as_the_database_says(stage: Stage, providers: Providers, off: timedelta) -> None:
    ids = told(stage, 12)
    err(providers)
    with pushing(stage, providers, off) as skewed:
        deadline = timedelta(seconds=30)
        skewed.deliver(ids, deadline=skewed.now() + deadline)
        for _ in range(5):
            stage.clock.advance(seconds=90)
            skewed.deliver(ids, deadline=skewed.now() + deadline)
        assert (registered(stage), retired(stage)) == (12, 0)
        stage.clock.advance(minutes=5)
        skewed.deliver(ids, deadline=skewed.now() + deadline)
        assert retired(stage) == 1
        [ended] = [row for row in map(stage.row, ids) if row["status"] == "skipped"]
        [record] = ended["attempt_metadata"]["devices"].values()
        assert abs(datetime.fromisoformat(record["at"]) - stage.clock()) < timedelta(seconds=5)


def test_a_device_that_registers_again_is_beyond_doubt(
    stage: Stage, providers: Providers, worker: DeliveryWorker
) -> None:
    ids = told(stage, 12)
    err(providers)
    stage.deliver(ids, by=worker)
    with stage.database.transaction() as connection:
        phone = connection.execute(text("select * from user_devices limit 1")).one()
        assert phone.doubted_at == stage.clock()
        again = Registration("mobile_push", "ios", phone.token, "production", None, None, None)
        devices.register(connection, phone.user_id, again, most=50, now=stage.clock() + timedelta(seconds=1))
        statement = text("select count(*) from user_devices where doubted_at is null")
        assert connection.execute(statement).scalar_one() == 1
