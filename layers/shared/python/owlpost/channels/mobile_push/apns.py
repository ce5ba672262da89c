"""Pushes through APNs: one HTTP/2 request per device, all of a batch at once."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import quote
from uuid import UUID, uuid5

from hpack import NeverIndexedHeaderTuple

from owlpost.channels.http2.client import PushClient, tls_context
from owlpost.channels.http2.exchange import Call, Header, Response
from owlpost.channels.mobile_push.apns_reasons import WRONG_ENVIRONMENT, meaning, refusal_in_goaway
from owlpost.channels.mobile_push.apns_token import ApnsProviderToken
from owlpost.channels.mobile_push.key_check import NOBODY, of_apns
from owlpost.channels.mobile_push.payload import apns_badge, apns_payload
from owlpost.channels.mobile_push.settings import PRODUCTION, SANDBOX, ApnsSettings
from owlpost.channels.mobile_push.verdict import (
    Push,
    PushVerdict,
    answer_of,
    answered,
    deliveries,
    operator_fault,
    unanswered,
)
from owlpost.channels.per_destination import TargetOutcome
from owlpost.channels.provider_answer import Meaning, storable
from owlpost.channels.push_words import LIFETIME, expires_at
from owlpost.domain.errors import TransientFault
from owlpost.domain.findings import Finding
from owlpost.domain.messages import Badge, Delivery, Device
from owlpost.domain.reasons import Reason
from owlpost.domain.value import dataclass

#: More requests in flight than this cost more bookkeeping than they save waiting.
IN_FLIGHT = 500
APNS_ID_NAMESPACE = UUID("7d1c1a5e-0f5b-5c1e-9d43-6f1a0b8f2c11")
OTHER = {PRODUCTION: SANDBOX, SANDBOX: PRODUCTION}


@dataclass(slots=True)
class Request:
    """The request for one device, and its verdict once there is one.

    `crossed` is true after a switch to Apple's other environment, `renewed` after a renewal of our token. `doubted`: an
    earlier call of this attempt may have been accepted, although its answer was lost.
    """

    device: Device
    environment: str
    fields: tuple[Header, ...]
    body: bytes
    priority: bytes = b"10"
    crossed: bool = False
    renewed: bool = False
    doubted: bool = False
    verdict: PushVerdict | None = None


class Apns:
    """The connections to both of Apple's environments; `clock` gives seconds since the epoch."""

    def __init__(self, settings: ApnsSettings, *, clock: Callable[[], float]) -> None:
        tls = tls_context(settings.ca_file)
        self._clients = {name: PushClient(origin, tls, limit=IN_FLIGHT) for name, origin in settings.origins.items()}
        self._token = ApnsProviderToken(settings.signing_key, clock=clock)
        self._topic = settings.bundle_id.encode()
        self._environment = settings.environment
        self._clock = clock

    def render(self, delivery: Delivery) -> bytes:
        """Return the body that all iOS devices of a delivery get."""
        return apns_payload(delivery)

    async def push(self, pushes: Sequence[Push], *, deadline: float) -> None:
        """Set the verdict of every push by `deadline`, a time of the event loop."""
        now = self._clock()
        headers = {delivery.id: _headers(delivery, now) for delivery in deliveries(pushes)}
        requests = [
            self._request(push.delivery.id, push.device, headers[push.delivery.id], push.body) for push in pushes
        ]
        await self._answer(requests, deadline)
        for push, request in zip(pushes, requests, strict=True):
            push.verdict = request.verdict

    async def show_unread(self, badges: Sequence[Badge], *, deadline: float) -> int:
        """Set the number on the icons of these devices by `deadline`. Return how many requests Apple accepted.

        The push has type alert without an alert, at the priority that saves battery: Apple allows background pushes only a
        few times an hour and without a badge. The collapse id lets a later number replace one that a phone has not received.
        """
        headers = (
            _once(b"apns-expiration", str(int(self._clock() + LIFETIME.total_seconds())).encode()),
            _once(b"apns-collapse-id", b"badge"),
        )
        requests = [
            replace(self._request(badge.id, device, headers, apns_badge(badge)), priority=b"5")
            for badge in badges
            for device in badge.devices
        ]
        await self._answer(requests, deadline)
        verdicts = [request.verdict for request in requests if request.verdict]
        return sum(verdict.outcome is TargetOutcome.DELIVERED for verdict in verdicts)

    async def check_key(self, *, deadline: float) -> Finding:
        """Push to nobody, in the environment of devices that name none. Return what Apple says of our key."""
        nobody = Device(uuid5(APNS_ID_NAMESPACE, NOBODY), "ios", NOBODY, self._environment, datetime.now(UTC))
        body = apns_badge(Badge(nobody.id, 0, (nobody,)))
        request = self._request(nobody.id, nobody, (_once(b"apns-collapse-id", b"check"),), body)
        call = self._call(request, self._token.bearer())
        await self._exchange([request], [call], deadline)
        return of_apns(answer_of(call), refusal_in_goaway(self._clients[request.environment].farewell))

    def close(self) -> None:
        for client in self._clients.values():
            client.close()

    async def _answer(self, requests: Sequence[Request], deadline: float) -> None:
        """Send requests until each has its verdict."""
        while requests:
            bearer = self._token.bearer()
            calls = [self._call(request, bearer) for request in requests]
            await self._exchange(requests, calls, deadline)
            answers = zip(requests, calls, strict=True)
            requests = [request for request, call in answers if self._needs_another(request, answer_of(call), bearer)]

    async def _exchange(self, requests: Sequence[Request], calls: Sequence[Call], deadline: float) -> None:
        by_environment: dict[str, list[Call]] = {}
        for request, call in zip(requests, calls, strict=True):
            by_environment.setdefault(request.environment, []).append(call)
        exchanges = (self._clients[name].exchange(group, deadline=deadline) for name, group in by_environment.items())
        await asyncio.gather(*exchanges)

    def _request(self, id_: UUID, device: Device, headers: tuple[Header, ...], body: bytes) -> Request:
        environment = device.environment if device.environment in self._clients else self._environment
        apns_id = str(uuid5(APNS_ID_NAMESPACE, f"{id_}:{device.id}"))
        return Request(device, environment, (_path(device), _once(b"apns-id", apns_id.encode()), *headers), body)

    def _call(self, request: Request, bearer: bytes) -> Call:
        path, *rest = request.fields
        headers = (
            (b":method", b"POST"),
            (b":scheme", b"https"),
            (b":authority", self._clients[request.environment].authority),
            path,
            (b"authorization", bearer),
            (b"apns-topic", self._topic),
            (b"apns-push-type", b"alert"),
            (b"apns-priority", request.priority),
            *rest,
        )
        return Call(headers, request.body, doubted=request.doubted)

    def _unanswered(self, request: Request, fault: TransientFault) -> PushVerdict:
        """Return the verdict on a push without an answer. GOAWAY may say that our key or certificate is the cause."""
        reason = refusal_in_goaway(self._clients[request.environment].farewell)
        verdict = unanswered(fault)
        ours = reason and fault.reason == Reason.CONNECTION_LOST
        return operator_fault(replace(verdict, reason=reason)) if ours else verdict

    def _needs_another(self, request: Request, answer: Response | TransientFault, bearer: bytes) -> bool:
        """Judge an answer. True if this attempt must ask once more."""
        if isinstance(answer, TransientFault):
            request.verdict = self._unanswered(request, answer)
            return False
        request.doubted = answer.doubted
        kind, reason, timestamp = meaning(answer)
        if kind is Meaning.OTHER_ENVIRONMENT and not request.crossed:
            request.environment, request.crossed = OTHER[request.environment], True
            return True
        if request.crossed and reason in WRONG_ENVIRONMENT:
            # The key serves one environment only, and that one does not know the token.
            kind, reason = Meaning.DEAD, "BadDeviceToken"
        if kind is Meaning.RENEW and not request.renewed:
            self._token.refused(bearer)
            request.renewed = True
            return True
        device = request.device
        verdict = answered(kind, reason, answer, dead_since=timestamp or device.registered_at)
        request.verdict = _unless_registered_since(replace(verdict, provider_id=_id(answer)), request)
        return False


def _headers(delivery: Delivery, now: float) -> tuple[Header, ...]:
    """Return the headers that all devices of a delivery share."""
    notification = delivery.notification
    return (
        _once(b"apns-expiration", str(expires_at(notification, now)).encode()),
        _once(b"apns-collapse-id", str(notification.id).encode()),
    )


def _path(device: Device) -> Header:
    token = device.token
    if not (token.isascii() and token.isalnum()):
        token = quote(token, safe="")
    return _once(b":path", b"/3/device/" + token.encode())


def _once(name: bytes, value: bytes) -> Header:
    """Return a header that stays out of HPACK's table, because it never repeats and would displace those that do."""
    return NeverIndexedHeaderTuple(name, value)


def _id(response: Response) -> str | None:
    return storable(response.headers.get(b"apns-id", b"").decode("ascii", "replace")) or None


def _unless_registered_since(verdict: PushVerdict, request: Request) -> PushVerdict:
    """Retry if the token was registered again after Apple saw it die: it is alive, and the answer is late."""
    if verdict.dead_since is None or request.device.registered_at <= verdict.dead_since:
        return verdict
    fault = TransientFault(verdict.reason or "", "registered again since", ambiguous=request.doubted)
    return replace(verdict, outcome=TargetOutcome.TRANSIENT, dead_since=None, fault=fault)
