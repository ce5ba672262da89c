"""A dead token leaves the registry at once, and a provider that errs costs nobody a registration."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from infra.local.providers.faults import Fault
from infra.local.providers.server import Options, Providers
from owlpost.channels.mobile_push.apns import Apns
from owlpost.channels.mobile_push.channel import MobilePush
from owlpost.channels.mobile_push.settings import apns_settings
from owlpost.db.people import devices
from owlpost.domain.channels import NOTIFICATION_CHANNELS
from owlpost.domain.devices import Registration
from owlpost.services.delivery.attempt import DeliveryWorker
from tests.support.push_stage import section
from tests.support.stage import BOUNDS, LEASE_SECONDS, Stage

CHANNEL = NOTIFICATION_CHANNELS["mobile_push"]


@pytest.fixture
def providers(tmp_path: Path, stage: Stage) -> Iterator[Providers]:
    stage.clock.move_to(datetime.now(UTC))
    with Providers(tmp_path, Options(clock=lambda: stage.clock().timestamp())) as running:
        yield running


@contextmanager
def pushing(stage: Stage, providers: Providers) -> Iterator[DeliveryWorker]:
    """A worker with a container of its own."""
    settings = apns_settings(section(providers))
    assert settings

    def seconds() -> float:
        return stage.clock().timestamp()

    adapter = MobilePush({"ios": Apns(settings, clock=seconds)}, clock=seconds)
    try:
        yield DeliveryWorker(
            database=stage.database,
            adapter=adapter,
            channel=CHANNEL,
            bounds=BOUNDS,
            lease_seconds=LEASE_SECONDS,
            release=stage.release(CHANNEL.key),
            now=stage.clock,
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
    waiting = [row for row in map(stage.row, ids) if row["status"] == "pending"]
    assert len(waiting) == 54  # one batch was believed before there were enough deaths to doubt


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
