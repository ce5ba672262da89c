"""Apple's push service: one request for each device, all of a batch at once."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from urllib.parse import quote
from uuid import UUID, uuid5

from hpack import NeverIndexedHeaderTuple

from owlpost.channels.apns_reasons import meaning
from owlpost.channels.provider_token import ApnsProviderToken
from owlpost.channels.push_client import PushClient, tls_context
from owlpost.channels.push_exchange import Call, Header, Response
from owlpost.channels.push_payload import apns_payload, expires_at
from owlpost.channels.push_settings import PRODUCTION, SANDBOX, ApnsSettings
from owlpost.channels.push_verdict import (
    Action,
    DeviceOutcome,
    Push,
    Verdict,
    answer_of,
    answered,
    deliveries,
    unanswered,
)
from owlpost.domain.errors import TransientFault
from owlpost.domain.messages import Delivery, Device

#: More than so many in flight cost more in bookkeeping than they save in waiting.
IN_FLIGHT = 500
APNS_ID_NAMESPACE = UUID("7d1c1a5e-0f5b-5c1e-9d43-6f1a0b8f2c11")
OTHER = {PRODUCTION: SANDBOX, SANDBOX: PRODUCTION}


@dataclass(slots=True)
class Request:
    """A push with what it takes to ask again: where it goes, and whether that is already the second place or token."""

    push: Push
    environment: str
    fields: tuple[Header, ...]
    body: bytes
    crossed: bool = False
    renewed: bool = False


class Apns:
    """The connections to both of Apple's environments; `clock` gives seconds since the epoch."""

    def __init__(self, settings: ApnsSettings, *, clock: Callable[[], float]) -> None:
        tls = tls_context(settings.ca_file)
        self._clients = {name: PushClient(origin, tls, limit=IN_FLIGHT) for name, origin in settings.origins.items()}
        self._token = ApnsProviderToken(settings.signing_key, clock=clock)
        self._topic = settings.bundle_id.encode()
        self._environment = settings.environment
        self._clock = clock

    async def push(self, pushes: Sequence[Push], *, deadline: float) -> None:
        """Give every push its verdict by `deadline`, a time of the event loop."""
        requests = self._requests(pushes)
        while requests:
            bearer = self._token.bearer()
            calls = [self._call(request, bearer) for request in requests]
            await self._exchange(requests, calls, deadline)
            answers = zip(requests, calls, strict=True)
            requests = [request for request, call in answers if self._again(request, answer_of(call), bearer)]

    def close(self) -> None:
        for client in self._clients.values():
            client.close()

    async def _exchange(self, requests: Sequence[Request], calls: Sequence[Call], deadline: float) -> None:
        by_environment: dict[str, list[Call]] = {}
        for request, call in zip(requests, calls, strict=True):
            by_environment.setdefault(request.environment, []).append(call)
        exchanges = (self._clients[name].exchange(group, deadline=deadline) for name, group in by_environment.items())
        await asyncio.gather(*exchanges)

    def _requests(self, pushes: Sequence[Push]) -> list[Request]:
        now = self._clock()
        common = {delivery.id: _common(delivery, now) for delivery in deliveries(pushes)}
        return [self._request(push, *common[push.delivery.id]) for push in pushes]

    def _request(self, push: Push, common: tuple[Header, ...], body: bytes) -> Request:
        device = push.device
        environment = device.environment if device.environment in self._clients else self._environment
        apns_id = str(uuid5(APNS_ID_NAMESPACE, f"{push.delivery.id}:{device.id}"))
        return Request(push, environment, (_path(device), _once(b"apns-id", apns_id.encode()), *common), body)

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
            (b"apns-priority", b"10"),
            *rest,
        )
        return Call(headers, request.body)

    def _again(self, request: Request, answer: Response | TransientFault, bearer: bytes) -> bool:
        """Judge an answer; true when it asks for another request in this attempt."""
        if isinstance(answer, TransientFault):
            request.push.verdict = unanswered(answer)
            return False
        action, reason, timestamp = meaning(answer)
        if action is Action.OTHER_ENVIRONMENT and not request.crossed:
            request.environment, request.crossed = OTHER[request.environment], True
            return True
        if action is Action.RENEW_TOKEN and not request.renewed:
            self._token.refused(bearer)
            request.renewed = True
            return True
        device = request.push.device
        verdict = answered(action, reason, answer, dead_since=timestamp or device.registered_at)
        request.push.verdict = _unless_registered_since(replace(verdict, provider_id=_id(answer)), device)
        return False


def _common(delivery: Delivery, now: float) -> tuple[tuple[Header, ...], bytes]:
    """The headers and the body that all devices of a delivery get."""
    notification = delivery.notification
    headers = (
        _once(b"apns-expiration", str(expires_at(notification, now)).encode()),
        _once(b"apns-collapse-id", str(notification.id).encode()),
    )
    return headers, apns_payload(delivery)


def _path(device: Device) -> Header:
    token = device.token
    if not (token.isascii() and token.isalnum()):
        token = quote(token, safe="")
    return _once(b":path", b"/3/device/" + token.encode())


def _once(name: bytes, value: bytes) -> Header:
    """A header that does not come again, so it must not push the lasting ones out of the compression table."""
    return NeverIndexedHeaderTuple(name, value)


def _id(response: Response) -> str | None:
    return response.headers.get(b"apns-id", b"").decode("ascii", "replace") or None


def _unless_registered_since(verdict: Verdict, device: Device) -> Verdict:
    """A token registered again after Apple saw it die is alive: the answer is late, and a later attempt asks again."""
    if verdict.dead_since is None or device.registered_at <= verdict.dead_since:
        return verdict
    fault = TransientFault(verdict.reason or "", "registered again since")
    return replace(verdict, outcome=DeviceOutcome.TRANSIENT, dead_since=None, fault=fault)
