"""Pushes through FCM: one HTTP/2 request per device, all of a batch at once."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from urllib.parse import quote

from owlpost.channels.http2.client import PushClient, tls_context
from owlpost.channels.http2.exchange import Call, Header, Response
from owlpost.channels.mobile_push.fcm_reasons import meaning, message_name
from owlpost.channels.mobile_push.fcm_token import FcmAccessToken, TokenRefused
from owlpost.channels.mobile_push.key_check import NO_TOKEN, of_fcm
from owlpost.channels.mobile_push.payload import fcm_message
from owlpost.channels.mobile_push.settings import FcmSettings
from owlpost.channels.mobile_push.verdict import Push, answer_of, answered, unanswered
from owlpost.channels.provider_answer import Meaning
from owlpost.domain.errors import TransientFault
from owlpost.domain.findings import Finding
from owlpost.domain.messages import Delivery
from owlpost.domain.value import dataclass

#: Google closes connections with more requests in flight.
IN_FLIGHT = 100


@dataclass(slots=True)
class Request:
    """A push with its body. `renewed` is true after a renewal of our access token."""

    push: Push
    body: bytes
    renewed: bool = False
    #: An earlier call of this attempt may have been accepted, although its answer was lost.
    doubted: bool = False


class Fcm:
    """The connection to FCM; `clock` gives seconds since the epoch."""

    def __init__(self, settings: FcmSettings, *, clock: Callable[[], float]) -> None:
        tls = tls_context(settings.ca_file)
        self._client = PushClient(settings.origin, tls, limit=IN_FLIGHT)
        self._token_client = PushClient(settings.account.token_uri, tls, limit=1)
        self._token = FcmAccessToken(settings.account, self._token_client, clock=clock)
        self._path = f"/v1/projects/{quote(settings.account.project_id, safe='')}/messages:send".encode()
        self._clock = clock

    def render(self, delivery: Delivery) -> bytes:
        """Return the inside of the message that all Android devices of a delivery get; see `fcm_message`."""
        return fcm_message(delivery, now=self._clock())

    async def push(self, pushes: Sequence[Push], *, deadline: float) -> None:
        """Set the verdict of every push by `deadline`, a time of the event loop."""
        requests = self._requests(pushes)
        try:
            while requests:
                requests = await self._round(requests, deadline)
        except TransientFault as fault:
            for request in requests:
                verdict = unanswered(fault.in_doubt() if request.doubted else fault)
                request.push.verdict = replace(verdict, misconfigured=isinstance(fault, TokenRefused))

    async def check_key(self, *, deadline: float) -> Finding:
        """Have a push for nobody validated, which sends nothing. Return what Google says of our service account."""
        try:
            bearer = await self._token.bearer(deadline=deadline)
        except TransientFault as fault:
            return of_fcm(fault)
        body = json.dumps({"validate_only": True, "message": {"token": NO_TOKEN}}).encode()
        call = Call(self._headers(bearer), body)
        await self._client.exchange([call], deadline=deadline)
        return of_fcm(answer_of(call))

    def close(self) -> None:
        self._client.close()
        self._token_client.close()

    async def _round(self, requests: Sequence[Request], deadline: float) -> list[Request]:
        """Send all requests. Return those to send again with a new access token."""
        bearer = await self._token.bearer(deadline=deadline)
        headers = self._headers(bearer)
        calls = [Call(headers, request.body, doubted=request.doubted) for request in requests]
        await self._client.exchange(calls, deadline=deadline)
        answers = zip(requests, calls, strict=True)
        return [request for request, call in answers if self._needs_another(request, answer_of(call), bearer)]

    def _requests(self, pushes: Sequence[Push]) -> list[Request]:
        return [Request(push, _body(push.device.token, push.body)) for push in pushes]

    def _headers(self, bearer: bytes) -> tuple[Header, ...]:
        return (
            (b":method", b"POST"),
            (b":scheme", b"https"),
            (b":authority", self._client.authority),
            (b":path", self._path),
            (b"authorization", bearer),
            (b"content-type", b"application/json"),
            # With it Google gives each error its details, as its own SDKs ask for: UNREGISTERED is among them.
            (b"x-goog-api-format-version", b"2"),
        )

    def _needs_another(self, request: Request, answer: Response | TransientFault, bearer: bytes) -> bool:
        """Judge an answer. True if this attempt must ask once more."""
        if isinstance(answer, TransientFault):
            request.push.verdict = unanswered(answer)
            return False
        request.doubted = answer.doubted
        kind, reason = meaning(answer)
        if kind is Meaning.RENEW and not request.renewed:
            self._token.refused(bearer)
            request.renewed = True
            return True
        verdict = answered(kind, reason, answer, dead_since=request.push.device.registered_at)
        request.push.verdict = replace(verdict, provider_id=message_name(answer))
        return False


def _body(token: str, message: bytes) -> bytes:
    return b'{"message":{"token":' + json.dumps(token).encode() + b"," + message + b"}}"
