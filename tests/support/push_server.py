"""An HTTP/2 server that a test scripts: it answers, refuses, hangs up or goes away."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeAlias, cast

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import DataReceived, Event, RequestReceived, StreamEnded
from h2.settings import SettingCodes, Settings
from hyperframe.frame import GoAwayFrame

from infra.local.providers.certificate import ensure_certificate
from owlpost.channels.http2.client import PushClient, tls_context
from owlpost.channels.http2.exchange import Call, Response
from owlpost.domain.errors import TransientFault

Play: TypeAlias = Callable[..., None]
Script: TypeAlias = Callable[["Session", int], None]
ServerSettings: TypeAlias = dict[SettingCodes, int]
USUAL: ServerSettings = {SettingCodes.MAX_CONCURRENT_STREAMS: 100}
HEADERS = ((b":method", b"POST"), (b":scheme", b"https"), (b":authority", b"localhost"), (b":path", b"/3"))


class Session(asyncio.Protocol):
    """One connection on the server's side. `script` is called with each complete request."""

    def __init__(self, script: Script, settings: ServerSettings, *, made: Callable[["Session"], None]) -> None:
        self.made = made
        self.http2 = H2Connection(H2Configuration(client_side=False))
        self.http2.local_settings = Settings(client=False, initial_values=settings)
        self.script = script
        self.requests: dict[int, bytes] = {}
        self.open: set[int] = set()
        self.peak = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self.made(self)
        self.http2.initiate_connection()
        self.flush()

    def data_received(self, data: bytes) -> None:
        for event in self.http2.receive_data(data):
            self.take(event)
        self.flush()

    def take(self, event: Event) -> None:
        match event:
            case RequestReceived():
                self.requests[event.stream_id] = b""
                self.open.add(event.stream_id)
                self.peak = max(self.peak, len(self.open))
            case DataReceived():
                self.requests[event.stream_id] += event.data
                self.http2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            case StreamEnded():
                self.script(self, event.stream_id)

    def answer(self, stream_id: int) -> None:
        self.open.discard(stream_id)
        self.http2.send_headers(stream_id, [(b":status", b"200"), (b"server", b"scripted")])
        self.http2.send_data(stream_id, self.requests[stream_id][:100], end_stream=True)

    def go_away(self, last_stream_id: int) -> None:
        self.flush()
        self.transport.write(GoAwayFrame(0, last_stream_id=last_stream_id).serialize())

    def flush(self) -> None:
        if data := self.http2.data_to_send():
            self.transport.write(data)


class PushServer:
    """The parts of a test's story: the client and its connections so far."""

    def __init__(self, client: PushClient, sessions: list[Session]) -> None:
        self.client = client
        self.sessions = sessions

    async def exchange(self, *bodies: bytes, seconds: float = 5.0) -> list[Call]:
        calls = [Call(HEADERS, body) for body in bodies]
        await self.client.exchange(calls, deadline=asyncio.get_running_loop().time() + seconds)
        return calls


class PushStage:
    """Runs stories, each against a server of its own."""

    def __init__(self, folder: Path) -> None:
        self.certificate = folder / "certificate.pem"
        self.private_key = folder / "key.pem"
        ensure_certificate(self.certificate, self.private_key)

    def play(
        self,
        story: Callable[[PushServer], Awaitable[None]],
        *scripts: Script,
        settings: ServerSettings = USUAL,
        limit: int = 500,
        **client: Any,
    ) -> None:
        """The server's connections follow the scripts in turn. The last script serves all later connections."""
        asyncio.run(self._play(story, scripts, settings, {"limit": limit, **client}))

    async def _play(
        self,
        story: Callable[[PushServer], Awaitable[None]],
        scripts: tuple[Script, ...],
        settings: ServerSettings,
        client: dict[str, Any],
    ) -> None:
        sessions: list[Session] = []

        def accept() -> Session:
            return Session(scripts[min(len(sessions), len(scripts) - 1)], settings, made=sessions.append)

        listener = await asyncio.get_running_loop().create_server(accept, "127.0.0.1", 0, ssl=self._tls())
        origin = f"https://localhost:{listener.sockets[0].getsockname()[1]}"
        push_client = PushClient(origin, tls_context(str(self.certificate)), **client)
        try:
            await story(PushServer(push_client, sessions))
        finally:
            push_client.close()
            listener.close()
            for session in sessions:
                session.transport.abort()

    def _tls(self) -> ssl.SSLContext:
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        tls.load_cert_chain(self.certificate, self.private_key)
        tls.set_alpn_protocols(["h2"])
        return tls


# Scripts


def answer_all(session: Session, stream_id: int) -> None:
    session.answer(stream_id)


def hang_up(session: Session, _stream_id: int) -> None:
    session.transport.abort()


def say_nothing(_session: Session, _stream_id: int) -> None:
    pass


# Outcomes of calls


def statuses(calls: list[Call]) -> list[int | str]:
    return [call.answer.status if isinstance(call.answer, Response) else told(call).reason for call in calls]


def told(call: Call) -> TransientFault:
    assert isinstance(call.answer, TransientFault)
    return call.answer
