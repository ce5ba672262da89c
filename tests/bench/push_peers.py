"""Peers for the same work over one connection: aioapns in Python, h2load in C."""

import asyncio
import json
import re
import resource
import subprocess
from collections.abc import Iterable, Sequence

from aioapns import APNs, NotificationRequest, PushType
from aioapns.connection import APNsProductionClientProtocol, AuthorizationHeaderProvider

from infra.local.providers.listener import LOOPBACK
from owlpost.channels.http2.exchange import Call
from owlpost.channels.mobile_push.payload import apns_payload
from owlpost.channels.push_words import LIFETIME
from owlpost.domain.messages import Delivery
from tests.bench.figures import Run, Stopwatch
from tests.bench.push_bare import Refused
from tests.bench.push_servers import PushServer
from tests.bench.push_work import bearer

RATE = re.compile(r"finished in .*?, ([0-9.]+) req/s")
SUCCEEDED = re.compile(r"(\d+) succeeded")


class OurToken(AuthorizationHeaderProvider):
    """Give aioapns our token, because Apple refuses two tokens of one key within twenty minutes."""

    def __init__(self, bearer: str) -> None:
        self._bearer = bearer

    def get_header(self) -> str:
        return self._bearer


class OverLoopback(APNsProductionClientProtocol):
    """aioapns' own connection to our server, with our token."""

    APNS_SERVER = LOOPBACK
    token: OurToken

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.auth_provider = self.token
        super().connection_made(transport)

    def on_response_received(self, headers: dict[bytes, bytes]) -> None:
        """Take the oldest notification as answered. nghttpd does not name one, and aioapns would wait for ever."""
        if b"apns-id" not in headers and self.requests:
            headers[b"apns-id"] = next(iter(self.requests)).encode()
        super().on_response_received(headers)

    def on_data_received(self, raw_data: bytes, stream_id: int) -> None:
        """nghttpd sends an empty body where Apple sends none."""
        if raw_data:
            super().on_data_received(raw_data, stream_id)


async def by_aioapns(server: PushServer, deliveries: Sequence[Delivery], in_flight: int, count: int) -> Run:
    accounts = server.credentials.accounts
    token = OurToken(bearer(server).decode())
    client = APNs(
        key=accounts.apns_key,
        key_id=accounts.apns_key_id,
        team_id=accounts.apns_team_id,
        topic=accounts.apns_bundle_id,
        max_connections=1,
        ssl_context=server.tls(),
    )
    client.pool.protocol_class = type("ToServer", (OverLoopback,), {"APNS_PORT": server.port, "token": token})
    requests = notification_requests(deliveries, count)
    # The first call opens the connection. aioapns does not wait for the server's settings, so parallel calls would be refused.
    await _send_each(client, requests[:1])
    left = iter(requests[1:])
    with Stopwatch() as watch:
        await asyncio.gather(*(_send_each(client, left) for _ in range(in_flight)))
    client.pool.close()
    return watch.run(count - 1)


def notification_requests(deliveries: Sequence[Delivery], count: int) -> list[NotificationRequest]:
    """Return requests as a user of aioapns makes them, with a payload per delivery."""
    messages = [(delivery, json.loads(apns_payload(delivery))) for delivery in deliveries]
    pushes = [(device, delivery, message) for delivery, message in messages for device in delivery.devices]
    chosen = (pushes[number % len(pushes)] for number in range(count))
    return [
        NotificationRequest(
            device_token=device.token,
            message=message,
            time_to_live=int(LIFETIME.total_seconds()),
            priority=10,
            collapse_key=str(delivery.notification.id),
            push_type=PushType.ALERT,
        )
        for device, delivery, message in chosen
    ]


async def _send_each(client: APNs, requests: Iterable[NotificationRequest]) -> None:
    for request in requests:
        result = await client.send_notification(request)
        if not result.is_successful:
            raise Refused(result.description)


def by_h2load(server: PushServer, calls: Sequence[Call], in_flight: int, count: int) -> Run:
    """Measure the ceiling: the same path, headers and size of body, sent by a client in C."""
    headers = [f"{name.decode()}: {value.decode()}" for name, value in calls[0].headers if not name.startswith(b":")]
    paths = [value.decode() for call in calls[:200] for name, value in call.headers if name == b":path"]
    folder = server.credentials.certificate.parent
    body, urls = folder / "body.json", folder / "urls.txt"
    body.write_bytes(calls[0].body)
    urls.write_text("".join(f"{server.origin}{path}\n" for path in paths))
    command = ["h2load", "-c1", f"-m{in_flight}", f"-n{count}", f"-d{body}", f"-i{urls}"]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [*command, *(f"-H{header}" for header in headers)], check=True, capture_output=True, text=True
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    rate, succeeded = RATE.search(done.stdout), SUCCEEDED.search(done.stdout)
    if not (rate and succeeded and int(succeeded[1]) == count):
        raise Refused(done.stdout)
    cpu_seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Run(count, count / float(rate[1]), cpu_seconds)
