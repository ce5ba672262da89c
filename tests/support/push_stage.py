"""Phones, deliveries and an open mobile_push channel, for tests against the fake providers."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias
from uuid import uuid4

from infra.local.providers.faults import Fault
from infra.local.providers.server import Providers
from owlpost.channels.mobile_push.channel import MobilePush, build
from owlpost.domain.messages import Delivery, DeliveryBatch, Device, Notification
from owlpost.domain.outcomes import Outcome

Misbehave: TypeAlias = Callable[..., None]
YESTERDAY = datetime.now(UTC) - timedelta(days=1)


def faults_of(providers: Providers) -> Misbehave:
    return lambda provider, fault, **more: providers.faults.add(Fault(provider=provider, fault=fault, **more))


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
    outcomes = channel.deliver(batch, {each.id: channel.render(each) for each in deliveries}).outcomes
    return [outcomes[each.id] for each in deliveries]


def in_seconds(seconds: float) -> datetime:
    return datetime.now(UTC) + timedelta(seconds=seconds)


def record(outcome: Outcome, device: Device) -> dict[str, Any]:
    devices = outcome.metadata["devices"]
    assert isinstance(devices, dict)
    found: dict[str, Any] = devices[str(device.id)]
    return found


def accepted(providers: Providers, device: Device) -> list[dict[str, Any]]:
    return [row for row in providers.ledger.accepted() if row["recipient"] == device.token]
