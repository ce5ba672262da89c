"""The pushes: deliveries as the worker gets them, and the requests that the channel builds from them."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

from owlpost.channels.http2.exchange import Call
from owlpost.channels.mobile_push.apns import Apns, _headers
from owlpost.channels.mobile_push.settings import apns_settings
from owlpost.domain.messages import Delivery, DeliveryBatch, Device, Notification

if TYPE_CHECKING:
    from tests.bench.push_servers import PushServer

#: The number of phones does not matter, so some hundreds of tokens stand for all of them.
TOKENS = [uuid4().hex * 2 for _ in range(200)]
TITLE, LINK = "New feedback in Pocket Atlas", "/dashboard/feedback/018f3b1e"
BODY = (
    "“Maps load twice as fast since the update. One wish: let me pin a place that I often go to, on the first screen.”"
)
DELIVERIES = 100  # as a worker receives them
YESTERDAY = datetime.now(UTC) - timedelta(days=1)


def deliveries(devices: int) -> tuple[Delivery, ...]:
    """Return a batch of the queue, each delivery to a person with this many phones."""
    return tuple(_delivery(number * devices, devices) for number in range(DELIVERIES))


def batch(of: Sequence[Delivery]) -> DeliveryBatch:
    return DeliveryBatch(uuid4(), tuple(of), datetime.now(UTC) + timedelta(seconds=60))


def section(server: "PushServer") -> dict[str, str]:
    """Return the channel's environment variables, with this server as Apple."""
    accounts = server.credentials.accounts
    return {
        "APNS_KEY_ID": accounts.apns_key_id,
        "APNS_TEAM_ID": accounts.apns_team_id,
        "APNS_KEY_P8": accounts.apns_key,
        "APNS_BUNDLE_ID": accounts.apns_bundle_id,
        "APNS_PRODUCTION_URL": server.origin,
        "APNS_CA_FILE": str(server.credentials.certificate),
    }


def calls(server: "PushServer", count: int) -> list[Call]:
    """Return this many prepared requests, as the channel builds them."""
    apns, now, token = _apns(server), time.time(), bearer(server)
    requests = [
        apns._request(delivery.id, device, _headers(delivery, now), apns.render(delivery))
        for delivery in deliveries(5)
        for device in delivery.devices
    ]
    return [apns._call(requests[number % len(requests)], token) for number in range(count)]


def bearer(server: "PushServer") -> bytes:
    """Return the header that authenticates the channel."""
    return _apns(server)._token.bearer()


def _apns(server: "PushServer") -> Apns:
    settings = apns_settings(section(server))
    assert settings
    return Apns(settings, clock=time.time)


def _delivery(first: int, devices: int) -> Delivery:
    notification = Notification(
        id=uuid4(),
        type="feedback.new",
        title=TITLE,
        body=BODY,
        link=LINK,
        data={"project_id": str(uuid4())},
        team_id=None,
        request_id=uuid4(),
        created_at=datetime.now(UTC),
    )
    phones = tuple(_phone(first + number) for number in range(devices))
    return Delivery(uuid4(), uuid4(), notification, devices=phones, unread=3)


def _phone(number: int) -> Device:
    return Device(uuid4(), "ios", TOKENS[number % len(TOKENS)], "production", YESTERDAY)
