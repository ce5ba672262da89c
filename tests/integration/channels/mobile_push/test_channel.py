"""The mobile_push channel against the laptop's APNs and FCM: who is told, with what, and how often."""

import logging
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest

from infra.local.providers.server import Providers
from owlpost.channels.mobile_push.channel import MobilePush
from owlpost.domain.messages import Delivery
from owlpost.domain.outcomes import Retry, Sent, Skipped
from tests.support.push_stage import (
    Misbehave,
    accepted,
    android,
    deliver,
    delivery,
    iphone,
    opened,
    record,
    section,
)


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


def test_a_token_that_is_no_token_reaches_no_other_path(channel: MobilePush) -> None:
    (outcome,) = deliver(channel, delivery(iphone("../../evil?x=1 \r\nhost: elsewhere")))
    assert isinstance(outcome, Skipped)
    assert outcome.reason == "no_live_device"


def test_at_the_batchs_deadline_what_is_known_is_kept(channel: MobilePush, misbehave: Misbehave) -> None:
    told, waiting = iphone(), iphone()
    misbehave("apns", "timeout_after", match=waiting.token)
    (outcome,) = deliver(channel, delivery(told, waiting), seconds=4)
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


def test_batches_of_several_threads_do_not_meet(channel: MobilePush) -> None:
    batches = [[delivery(iphone(), android()) for _ in range(5)] for _ in range(4)]
    with ThreadPoolExecutor() as threads:
        outcomes = list(threads.map(lambda batch: deliver(channel, *batch), batches))
    assert all(isinstance(outcome, Sent) for batch in outcomes for outcome in batch)


def test_device_ids_in_the_record_are_uuids(channel: MobilePush) -> None:
    (outcome,) = deliver(channel, delivery(iphone(), android()))
    devices = outcome.metadata["devices"]
    assert isinstance(devices, dict)
    assert all(UUID(key) for key in devices)
