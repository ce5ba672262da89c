"""The mobile_push channel against the laptop's APNs and FCM, which check every header and misbehave on demand."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias
from uuid import UUID, uuid4

import pytest

from infra.local.providers.faults import Fault
from infra.local.providers.server import Providers
from owlpost.channels.base import Delivery, DeliveryBatch, Device, Notification
from owlpost.channels.mobile_push import MobilePush, build
from owlpost.domain.outcomes import Outcome, Retry, Sent, Skipped

Misbehave: TypeAlias = Callable[..., None]
YESTERDAY = datetime.now(UTC) - timedelta(days=1)


@pytest.fixture(scope="module")
def providers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Providers]:
    with Providers(tmp_path_factory.mktemp("providers")) as running:
        yield running


@pytest.fixture
def misbehave(providers: Providers) -> Iterator[Misbehave]:
    yield lambda provider, fault, **more: providers.faults.add(Fault(provider=provider, fault=fault, **more))
    providers.faults.clear()


def section(providers: Providers) -> dict[str, str]:
    accounts, ca_file = providers.credentials.accounts, str(providers.credentials.certificate)
    return {
        "APNS_KEY_ID": accounts.apns_key_id,
        "APNS_TEAM_ID": accounts.apns_team_id,
        "APNS_KEY_P8": accounts.apns_key,
        "APNS_BUNDLE_ID": accounts.apns_bundle_id,
        "APNS_PRODUCTION_URL": providers.urls["apns"],
        "APNS_SANDBOX_URL": providers.urls["apns"].replace("127.0.0.1", "localhost"),
        "APNS_CA_FILE": ca_file,
        "FCM_SERVICE_ACCOUNT": providers.credentials.service_account_path.read_text(),
        "FCM_BASE_URL": providers.urls["fcm"],
        "FCM_CA_FILE": ca_file,
    }


@pytest.fixture
def channel(providers: Providers) -> Iterator[MobilePush]:
    with opened(section(providers)) as adapter:
        yield adapter


@contextmanager
def opened(variables: dict[str, str]) -> Iterator[MobilePush]:
    adapter = build(variables)
    assert isinstance(adapter, MobilePush)
    try:
        yield adapter
    finally:
        adapter.close()


def iphone(token: str | None = None, *, environment: str = "production", registered_at: datetime = YESTERDAY) -> Device:
    return Device(uuid4(), "ios", token or uuid4().hex * 2, environment, registered_at)


def android(token: str | None = None) -> Device:
    return Device(uuid4(), "android", token or f"fcm:{uuid4().hex}", "production", YESTERDAY)


def delivery(*devices: Device, metadata: dict[str, object] | None = None, body: str = "love it") -> Delivery:
    data = {"project_id": str(uuid4())}
    notification = Notification(
        uuid4(), "feedback.new", "New feedback", body, "/dashboard", data, None, uuid4(), datetime.now(UTC)
    )
    return Delivery(uuid4(), uuid4(), notification, devices=devices, unread=3, metadata=metadata or {})


def deliver(channel: MobilePush, *deliveries: Delivery, seconds: float = 20) -> list[Outcome]:
    batch = DeliveryBatch(uuid4(), deliveries, datetime.now(UTC) + timedelta(seconds=seconds))
    outcomes = channel.deliver(batch)
    return [outcomes[each.id] for each in deliveries]


def record(outcome: Outcome, device: Device) -> dict[str, Any]:
    devices = outcome.metadata["devices"]
    assert isinstance(devices, dict)
    found: dict[str, Any] = devices[str(device.id)]
    return found


def accepted(providers: Providers, device: Device) -> list[dict[str, Any]]:
    return [row for row in providers.ledger.accepted() if row["recipient"] == device.token]


def test_every_device_of_every_delivery_is_told_once(channel: MobilePush, providers: Providers) -> None:
    deliveries = [delivery(iphone(), iphone(environment="sandbox"), android()) for _ in range(20)]
    assert all(isinstance(outcome, Sent) for outcome in deliver(channel, *deliveries))
    devices = [device for each in deliveries for device in each.devices]
    assert {len(accepted(providers, device)) for device in devices} == {1}


def test_a_push_carries_what_apple_asks_for(channel: MobilePush, providers: Providers) -> None:
    phone = iphone()
    sent = delivery(phone)
    (outcome,) = deliver(channel, sent)
    (row,) = accepted(providers, phone)
    assert row["headers"] == {
        "apns-id": record(outcome, phone)["id"],
        "apns-topic": providers.credentials.accounts.apns_bundle_id,
        "apns-push-type": "alert",
        "apns-priority": "10",
        "apns-expiration": str(int(sent.notification.created_at.timestamp()) + 86_400),
        "apns-collapse-id": str(sent.notification.id),
    }
    assert row["payload"]["notification_id"] == str(sent.notification.id)


def test_the_id_of_a_push_is_the_same_on_each_attempt(channel: MobilePush) -> None:
    phone = iphone()
    sent = delivery(phone)
    first, second = deliver(channel, sent)[0], deliver(channel, sent)[0]
    assert record(first, phone)["id"] == record(second, phone)["id"]


def test_fcm_names_the_message_it_took(channel: MobilePush, providers: Providers) -> None:
    phone = android()
    (outcome,) = deliver(channel, delivery(phone))
    assert record(outcome, phone)["id"] == accepted(providers, phone)[0]["provider_id"]


def test_a_body_of_any_length_arrives(channel: MobilePush) -> None:
    assert isinstance(deliver(channel, delivery(iphone(), android(), body="👩‍👩‍👧‍👦 " * 2000))[0], Sent)


@pytest.mark.parametrize(
    ("prefix", "ios", "droid"), [("APNS_", "no_apns_key", "delivered"), ("FCM_", "delivered", "no_fcm_key")]
)
def test_without_a_provider_its_devices_are_skipped(providers: Providers, prefix: str, ios: str, droid: str) -> None:
    variables = {name: value for name, value in section(providers).items() if not name.startswith(prefix)}
    with opened(variables) as channel:
        apple, google = iphone(), android()
        (outcome,) = deliver(channel, delivery(apple, google))
        found = [record(outcome, apple), record(outcome, google)]
        assert [each["reason"] or each["outcome"] for each in found] == [ios, droid]


def test_without_any_provider_or_device_a_delivery_is_skipped_with_the_reason() -> None:
    with opened({}) as channel:
        lone, nobody = deliver(channel, delivery(iphone()), delivery())
        assert [each.reason for each in (lone, nobody) if isinstance(each, Skipped)] == ["no_apns_key", "no_device"]


def test_a_dead_token_is_handed_over_and_hides_no_other_device(
    channel: MobilePush, misbehave: Misbehave, providers: Providers
) -> None:
    dead, alive = iphone(), iphone()
    died_at = datetime.now(UTC) - timedelta(hours=1)
    misbehave("apns", "dead_token", match=dead.token, timestamp=int(died_at.timestamp() * 1000))
    (outcome,) = deliver(channel, delivery(dead, alive))
    assert isinstance(outcome, Sent)
    assert [each.device_id for each in outcome.dead_devices] == [dead.id]
    assert abs(outcome.dead_devices[0].since - died_at) < timedelta(milliseconds=2)
    assert len(accepted(providers, alive)) == 1


def test_a_token_that_was_registered_again_since_it_died_is_asked_again_later(
    channel: MobilePush, misbehave: Misbehave
) -> None:
    phone = iphone(registered_at=datetime.now(UTC))
    misbehave("apns", "dead_token", match=phone.token, timestamp=int(YESTERDAY.timestamp() * 1000))
    (outcome,) = deliver(channel, delivery(phone))
    assert isinstance(outcome, Retry)
    assert outcome.dead_devices == ()
    assert outcome.fault.reason == "Unregistered"


@pytest.mark.parametrize("environment", ["production", "sandbox", "unknown"])
def test_a_token_of_the_other_environment_finds_its_way(
    channel: MobilePush, misbehave: Misbehave, environment: str
) -> None:
    phone = iphone(environment=environment)
    misbehave("apns", "bad_device_token", match=phone.token, times=1)
    (outcome,) = deliver(channel, delivery(phone))
    assert isinstance(outcome, Sent)
    assert outcome.dead_devices == ()


def test_a_token_that_neither_environment_knows_is_dead(channel: MobilePush, misbehave: Misbehave) -> None:
    phone = iphone()
    misbehave("apns", "bad_device_token", match=phone.token)
    (outcome,) = deliver(channel, delivery(phone))
    assert isinstance(outcome, Skipped)
    assert outcome.reason == "no_live_device"
    assert [each.device_id for each in outcome.dead_devices] == [phone.id]


def test_a_token_that_is_no_token_reaches_no_other_path(channel: MobilePush) -> None:
    (outcome,) = deliver(channel, delivery(iphone("../../evil?x=1 \r\nhost: elsewhere")))
    assert isinstance(outcome, Skipped)
    assert outcome.reason == "no_live_device"


@pytest.mark.parametrize("fault", ["dead_token", "bad_device_token"])
def test_a_dead_android_token_is_handed_over(channel: MobilePush, misbehave: Misbehave, fault: str) -> None:
    phone = android()
    misbehave("fcm", fault, match=phone.token)
    (outcome,) = deliver(channel, delivery(phone))
    assert [each.device_id for each in outcome.dead_devices] == [phone.id]


@pytest.mark.parametrize(("provider", "phone"), [("apns", iphone()), ("fcm", android())])
def test_the_operators_fault_deletes_nothing_and_raises_an_alarm(
    channel: MobilePush, misbehave: Misbehave, capsys: pytest.CaptureFixture[str], provider: str, phone: Device
) -> None:
    misbehave(provider, "wrong_topic")
    (outcome,) = deliver(channel, delivery(phone))
    assert isinstance(outcome, Retry)
    assert (outcome.dead_devices, outcome.fault.counts) == ((), True)
    printed = capsys.readouterr().out
    assert "PushMisconfigured" in printed
    assert phone.token not in printed


@pytest.mark.parametrize(("provider", "phone"), [("apns", iphone()), ("fcm", android())])
def test_most_tokens_of_a_batch_being_dead_is_not_believed(
    channel: MobilePush, misbehave: Misbehave, capsys: pytest.CaptureFixture[str], provider: str, phone: Device
) -> None:
    misbehave(provider, "dead_token")
    make = iphone if phone.platform == "ios" else android
    outcomes = deliver(channel, *(delivery(make()) for _ in range(12)))
    assert {each.fault.reason for each in outcomes if isinstance(each, Retry)} == {"mass_dead_tokens"}
    assert all(not each.dead_devices for each in outcomes)
    assert "MassDeadTokens" in capsys.readouterr().out


def test_an_expired_provider_token_is_replaced_in_the_same_attempt(
    channel: MobilePush, misbehave: Misbehave, providers: Providers
) -> None:
    misbehave("apns", "expired_provider_token", times=2)
    misbehave("fcm", "expired_provider_token", times=2)
    phones = [iphone(), iphone(), android(), android()]
    assert isinstance(deliver(channel, delivery(*phones))[0], Sent)
    assert [len(accepted(providers, phone)) for phone in phones] == [1] * 4


def test_a_provider_token_that_stays_expired_is_the_operators_fault(
    channel: MobilePush, misbehave: Misbehave, capsys: pytest.CaptureFixture[str]
) -> None:
    misbehave("apns", "expired_provider_token")
    (outcome,) = deliver(channel, delivery(iphone()))
    assert isinstance(outcome, Retry)
    assert "PushMisconfigured" in capsys.readouterr().out


def test_a_rate_limit_is_waited_out_and_costs_no_attempt(channel: MobilePush, misbehave: Misbehave) -> None:
    misbehave("apns", "rate_limit", retry_after=17)
    (outcome,) = deliver(channel, delivery(iphone()))
    assert isinstance(outcome, Retry)
    assert (outcome.fault.retry_after, outcome.fault.counts) == (17.0, False)


@pytest.mark.parametrize("provider", ["apns", "fcm"])
@pytest.mark.parametrize(
    ("fault", "ambiguous"), [("error_500", False), ("error_503", False), ("down", False), ("reset_after", True)]
)
def test_an_outage_is_retried_and_doubt_is_told(
    channel: MobilePush,
    misbehave: Misbehave,
    provider: str,
    fault: str,
    ambiguous: bool,  # noqa: FBT001 - a row of the table above
) -> None:
    misbehave(provider, fault)
    (outcome,) = deliver(channel, delivery(iphone() if provider == "apns" else android()))
    assert isinstance(outcome, Retry)
    assert outcome.fault.ambiguous is ambiguous


@pytest.mark.parametrize("fault", ["error_500", "reset_after", "down"])
def test_without_an_access_token_no_push_is_in_doubt(providers: Providers, misbehave: Misbehave, fault: str) -> None:
    if fault == "down":
        misbehave("fcm", "down")
    else:
        misbehave("fcm_token", fault)
    with opened(section(providers)) as channel:
        (outcome,) = deliver(channel, delivery(android()))
        assert isinstance(outcome, Retry)
        assert (outcome.fault.reason, outcome.fault.ambiguous) == ("fcm_token_unavailable", False)


@pytest.mark.parametrize("provider", ["apns", "fcm"])
def test_a_provider_that_goes_away_in_mid_batch_loses_and_doubles_nothing(
    channel: MobilePush, misbehave: Misbehave, providers: Providers, provider: str
) -> None:
    misbehave(provider, "goaway", after=20, times=1)
    phones = [iphone() if provider == "apns" else android() for _ in range(60)]
    assert all(isinstance(outcome, Sent) for outcome in deliver(channel, *map(delivery, phones)))
    assert {len(accepted(providers, phone)) for phone in phones} == {1}


def test_at_the_batchs_deadline_what_is_known_is_kept(channel: MobilePush, misbehave: Misbehave) -> None:
    told, waiting = iphone(), iphone()
    misbehave("apns", "timeout_after", match=waiting.token)
    (outcome,) = deliver(channel, delivery(told, waiting), seconds=1)
    assert isinstance(outcome, Retry)
    assert (outcome.fault.reason, outcome.fault.ambiguous) == ("deadline", True)
    assert [record(outcome, phone)["outcome"] for phone in (told, waiting)] == ["delivered", "transient"]


def test_a_retry_goes_only_to_devices_not_known_to_have_had_it(
    channel: MobilePush, misbehave: Misbehave, providers: Providers
) -> None:
    told, waiting = iphone(), iphone()
    misbehave("apns", "error_503", match=waiting.token, times=1)
    first_try = delivery(told, waiting)
    (first,) = deliver(channel, first_try)
    again = Delivery(
        first_try.id, first_try.user_id, first_try.notification, devices=(told, waiting), metadata=dict(first.metadata)
    )
    (second,) = deliver(channel, again)
    assert isinstance(first, Retry)
    assert isinstance(second, Sent)
    assert [len(accepted(providers, phone)) for phone in (told, waiting)] == [1, 1]
    assert record(second, told)["at"] == record(first, told)["at"]


def test_no_log_at_any_level_holds_a_token(channel: MobilePush, caplog: pytest.LogCaptureFixture) -> None:
    phone = iphone()
    with caplog.at_level(logging.DEBUG):
        deliver(channel, delivery(phone, android()))
    assert phone.token not in caplog.text
    assert "bearer" not in caplog.text.lower()


def test_two_containers_know_apple_by_the_same_token(providers: Providers, channel: MobilePush) -> None:
    with opened(section(providers)) as other:
        outcomes = [deliver(each, delivery(iphone()))[0] for each in (channel, other, channel, other)]
        assert all(isinstance(outcome, Sent) for outcome in outcomes)


def test_device_ids_in_the_record_are_uuids(channel: MobilePush) -> None:
    (outcome,) = deliver(channel, delivery(iphone(), android()))
    devices = outcome.metadata["devices"]
    assert isinstance(devices, dict)
    assert all(UUID(key) for key in devices)
