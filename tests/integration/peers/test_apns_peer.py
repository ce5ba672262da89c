"""aioapns as a peer: the fake APNs understands it, and our push is its push but for what is said here."""

import asyncio
import json
import ssl
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import jwt
import pytest
from aioapns import APNs, NotificationRequest, PushType
from aioapns.common import NotificationResult
from aioapns.connection import APNsProductionClientProtocol, JWTAuthorizationHeaderProvider

from infra.local.providers.exchange import Request
from infra.local.providers.listener import LOOPBACK
from owlpost.channels.mobile_push.payload import apns_payload
from owlpost.channels.push_words import LIFETIME
from owlpost.domain.messages import Delivery
from owlpost.domain.outcomes import Sent
from tests.integration.peers.conftest import Overheard, Start
from tests.support.push_stage import deliver, delivery, iphone, opened, section

#: Differences that are meant. `host`: aioapns names the server as HTTP/1.1 does, we by `:authority`; RFC 9113 allows both.
ONLY_OURS = {":authority"}
ONLY_THEIRS = {"host"}
#: The same header with another value. `apns-id`: ours is derived from delivery and device, so that a repeat has the same one.
#: `apns-expiration`: both a day, counted from the notification by us and from the call by aioapns. `authorization`: see below.
OTHER_VALUES = {"apns-id", "apns-expiration", "authorization"}


class Loopback(APNsProductionClientProtocol):
    """aioapns' own connection, to our server. Its connections share one token of aioapns' own making.

    Otherwise each would sign one of its own, and the fake is stricter than Apple: it refuses a second within twenty minutes.
    """

    APNS_SERVER = LOOPBACK
    token: JWTAuthorizationHeaderProvider

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.auth_provider = self.token
        super().connection_made(transport)


def theirs(overheard: Overheard, *notifications: NotificationRequest) -> Sequence[NotificationResult]:
    """Send notifications by aioapns, one after the other."""
    accounts = overheard.providers.credentials.accounts

    async def send() -> list[NotificationResult]:
        client = APNs(
            key=accounts.apns_key,
            key_id=accounts.apns_key_id,
            team_id=accounts.apns_team_id,
            topic=accounts.apns_bundle_id,
            ssl_context=ssl.create_default_context(cafile=overheard.providers.credentials.certificate),
        )
        token = JWTAuthorizationHeaderProvider(accounts.apns_key, accounts.apns_key_id, accounts.apns_team_id)
        port = urlsplit(overheard.providers.urls["apns"]).port
        client.pool.protocol_class = type("ToTheFake", (Loopback,), {"APNS_PORT": port, "token": token})
        async with asyncio.timeout(20):
            results = [await client.send_notification(each) for each in notifications]
            client.pool.close()
            while client.pool.connections:  # TLS says goodbye first
                await asyncio.sleep(0.01)
        return results

    return asyncio.run(send())


def as_aioapns_says(sent: Delivery) -> NotificationRequest:
    return NotificationRequest(
        device_token=sent.devices[0].token,
        message=json.loads(apns_payload(sent)),
        time_to_live=int(LIFETIME.total_seconds()),
        priority=10,
        collapse_key=str(sent.notification.id),
        push_type=PushType.ALERT,
    )


def notification(token: str = "ab" * 32) -> NotificationRequest:
    return NotificationRequest(device_token=token, message={"aps": {"alert": "Hi"}}, push_type=PushType.ALERT)


def claims(request: Request) -> tuple[dict[str, object], set[str]]:
    scheme, _, token = request.headers["authorization"].partition(" ")
    assert scheme == "bearer"
    return jwt.get_unverified_header(token), set(jwt.decode(token, options={"verify_signature": False}))


def test_our_push_is_aioapns_push_in_path_headers_and_payload(start: Start) -> None:
    us, them = start(), start()
    sent = delivery(iphone())
    with opened(section(us.providers)) as channel:
        assert isinstance(deliver(channel, sent)[0], Sent)
    [result] = theirs(them, as_aioapns_says(sent))
    assert result.is_successful
    [ours], [other] = us.requests, them.requests
    assert (ours.method, ours.path) == (other.method, other.path)
    assert ours.headers.keys() - other.headers.keys() == ONLY_OURS
    assert other.headers.keys() - ours.headers.keys() == ONLY_THEIRS
    shared = ours.headers.keys() & other.headers.keys() - {":path"}
    bundle = {"apns-topic": us.providers.credentials.accounts.apns_bundle_id}
    assert {name: ours.headers[name] for name in shared - OTHER_VALUES} == {
        name: other.headers[name] for name in shared - OTHER_VALUES
    } | bundle
    assert json.loads(ours.body) == json.loads(other.body)


def test_our_provider_token_has_the_members_of_theirs(start: Start) -> None:
    us, them = start(), start()
    with opened(section(us.providers)) as channel:
        deliver(channel, delivery(iphone()))
    theirs(them, notification())
    (our_head, our_claims), (their_head, their_claims) = claims(us.requests[0]), claims(them.requests[0])
    assert our_head.keys() == their_head.keys() == {"alg", "kid", "typ"}
    assert our_claims == their_claims == {"iss", "iat"}


@pytest.mark.parametrize(
    ("fault", "status", "reason"),
    [
        ("dead_token", "410", "Unregistered"),
        ("bad_device_token", "400", "BadDeviceToken"),
        ("rate_limit", "429", "TooManyRequests"),
        ("error_503", "503", "ServiceUnavailable"),
        ("wrong_environment", "403", "BadEnvironmentKeyInToken"),
    ],
)
def test_aioapns_reads_the_fakes_refusals(overheard: Overheard, fault: str, status: str, reason: str) -> None:
    overheard.suffers("apns", fault, times=1, timestamp=1_795_608_000_123)
    refused, accepted = theirs(overheard, notification(), notification())
    assert (refused.status, refused.description) == (status, reason)
    assert refused.timestamp == (1_795_608_000_123 if status == "410" else None)
    assert accepted.is_successful


def test_the_time_that_the_fake_itself_names_is_in_milliseconds_as_apples_is(overheard: Overheard) -> None:
    overheard.suffers("apns", "dead_token", times=1)
    (refused,) = theirs(overheard, notification())
    assert refused.timestamp is not None
    assert abs(datetime.fromtimestamp(refused.timestamp / 1000, UTC) - datetime.now(UTC)) < timedelta(minutes=10)


def test_aioapns_gets_through_where_streams_narrow_after_each_refusal(overheard: Overheard) -> None:
    overheard.suffers("apns", "wrong_topic", rate=0.3, seed=5)
    results = theirs(overheard, *(notification(f"{number:064x}") for number in range(30)))
    refused = [result for result in results if not result.is_successful]
    assert 0 < len(refused) < 30
    assert overheard.providers.ledger.counts()["mobile_push"] == 30 - len(refused)


def test_aioapns_sends_again_by_a_new_connection_what_goaway_left_unprocessed(overheard: Overheard) -> None:
    overheard.suffers("apns", "goaway", after=1, times=1)
    results = theirs(overheard, *(notification(f"{number:064x}") for number in range(3)))
    assert [result.is_successful for result in results] == [True] * 3
    assert overheard.providers.ledger.counts()["mobile_push"] == 3
