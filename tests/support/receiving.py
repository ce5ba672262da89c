"""A receiver of webhooks on loopback that a test scripts byte by byte, and destinations that lead there."""

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Self
from uuid import UUID, uuid4

from owlpost.domain.destinations import Destination
from owlpost.seals import Seals

KEYS = ("a key for the seals of these tests alone",)
#: In place of the one that a deployment makes.
WEB_PUSH_SECRET = "a secret for the browsers of these tests alone"
SECRET = "whsec_" + "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"


def status(code: int, *headers: str, body: bytes = b"") -> bytes:
    """An answer as its bytes."""
    head = "\r\n".join([f"HTTP/1.1 {code} Answer", f"content-length: {len(body)}", *headers])
    return head.encode() + b"\r\n\r\n" + body


@dataclass(frozen=True, slots=True)
class Posted:
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class ScriptedReceiver:
    """`answer` says what a request is answered: bytes, or whatever it does to the connection itself, for None."""

    answer: Callable[[Posted, socket.socket], bytes | None] = lambda _posted, _connection: OK
    tls: ssl.SSLContext | None = None
    posted: list[Posted] = field(default_factory=list)
    connections: int = 0

    def __enter__(self) -> Self:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.close()

    @property
    def place(self) -> str:
        return f"127.0.0.1:{self.port}"

    def url(self, path: str = "/hook") -> str:
        return f"http://{self.place}{path}"

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self.connections += 1
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError), self._secured(connection) as stream:
            posted = _read(stream)
            self.posted.append(posted)
            answer = self.answer(posted, stream)
            if answer is not None:
                stream.sendall(answer)

    def _secured(self, connection: socket.socket) -> socket.socket:
        """A client that breaks the handshake off leaves no socket behind."""
        if self.tls is None:
            return connection
        secured = self.tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        with contextlib.suppress(OSError):
            secured.do_handshake()
        return secured


def _read(stream: socket.socket) -> Posted:
    data = b""
    while b"\r\n\r\n" not in data:
        data += stream.recv(65_536) or _ended()
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    while len(body) < int(headers.get("content-length", "0")):
        body += stream.recv(65_536) or _ended()
    return Posted(first.split(" ")[1], headers, body)


def _ended() -> bytes:
    raise OSError("the client hung up")


def destination(url: str, *, state: str = "live", id_: UUID | None = None, **more: object) -> Destination:
    """A destination that the tests' own keys have sealed."""
    own = id_ or uuid4()
    sealed = Seals(KEYS).seal(own, {"url": url, "secret": SECRET, **more})
    return Destination(own, "hooks of the test", sealed, state, datetime(2026, 11, 1, tzinfo=UTC))
