"""A small HTTP server on the loopback address for the engine's doors, with a thread per request."""

import json
import logging
import re
import sys
import threading
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

from infra.local.account import LOOPBACK
from infra.local.door import refusal
from infra.local.postgres.postmaster import wait_until

log = logging.getLogger(__name__)

STOP_SECONDS = 30.0
CHUNK = 65_536
DIGITS = re.compile("[0-9]+")


@dataclass(frozen=True, slots=True)
class Request:
    """`target` is path and query as sent; `headers` in order, with repetitions."""

    method: str
    target: str
    protocol: str
    headers: list[tuple[str, str]]
    body: bytes
    client: str

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


@dataclass(frozen=True, slots=True)
class Response:
    status: int
    body: bytes = b""
    headers: list[tuple[str, str]] = field(default_factory=list)

    def with_headers(self, headers: Mapping[str, str]) -> "Response":
        return Response(self.status, self.body, [*self.headers, *headers.items()])


Answering = Callable[[Request], Response]


class HttpServer:
    """Listens from the start on, so that `url` is known; answers between `start()` and `stop()`.

    Of a body that is longer than `most_body` bytes only the first `most_body + 1` are kept, by which it can be told. `pages`:
    whether people come here from links on other sites; programs of this machine always may. Pages of `known_origins` as well.
    Any page may show the pictures at the paths `anybodys`.
    """

    def __init__(
        self,
        answer: Answering,
        *,
        port: int = 0,
        most_body: int,
        pages: bool = False,
        known_origins: Collection[str] = (),
        anybodys: Collection[str] = (),
    ) -> None:
        self._server = _Server((LOOPBACK, port), _Handler)
        self._server.answer = answer
        self._server.most_body = most_body
        self._server.pages = pages
        self._server.known_origins = known_origins
        self._server.anybodys = anybodys
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self._server.server_port}"

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Accept no further connections. Return when the running requests are answered."""
        if self._thread.is_alive():
            self._server.shutdown()
            wait_until(lambda: not self._server.under_way, seconds=STOP_SECONDS)
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True  # a thread on an idle connection must not delay the end
    block_on_close = False
    request_queue_size = 128
    answer: Answering
    most_body: int
    pages: bool
    known_origins: Collection[str]
    anybodys: Collection[str]

    def __init__(self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler]) -> None:
        super().__init__(address, handler)
        self.under_way: set[BaseHTTPRequestHandler] = set()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a client that went away, as a browser does that is closed."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    server_version = "owlpost"
    wbufsize = -1  # head and body in one packet
    disable_nagle_algorithm = True
    bodiless: ClassVar[set[int]] = {204, 304}

    def _exchange(self) -> None:
        self.server.under_way.add(self)
        try:
            if status := self._unreadable():
                self.close_connection = True
                self._respond(Response(status))
            else:
                body = self._read_body()
                self._respond(self._refused() or self._answer(body))
        finally:
            self.server.under_way.discard(self)

    def __getattr__(self, name: str) -> Callable[[], None]:
        """Let `answer` decide about every method, such as TRACE: http.server looks for `do_TRACE` and has a 501 without it."""
        if name.startswith("do_"):
            return self._exchange
        raise AttributeError(name)

    def _unreadable(self) -> int | None:
        """Return the status for a body without an end that can be known; None if it can be read."""
        if "chunked" in self.headers.get("Transfer-Encoding", ""):
            return 411
        return None if DIGITS.fullmatch(self.headers.get("Content-Length") or "0") else 400

    def _read_body(self) -> bytes:
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(min(length, self.server.most_body + 1))
        left = length - len(body)
        while left > 0 and (discarded := self.rfile.read(min(left, CHUNK))):
            left -= len(discarded)
        return body

    def _refused(self) -> Response | None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        why = refusal(
            self.command,
            headers,
            pages=self.server.pages,
            known_origins=self.server.known_origins,
            anybodys=self.command in ("GET", "HEAD") and self.path in self.server.anybodys,
        )
        if why is None:
            return None
        return Response(403, json.dumps({"message": why}).encode(), [("Content-Type", "application/json")])

    def _answer(self, body: bytes) -> Response:
        request = Request(
            self.command, self.path, self.request_version, list(self.headers.items()), body, self.client_address[0]
        )
        try:
            return self.server.answer(request)
        except Exception:
            log.exception("%s %s", self.command, self.path)
            return Response(500, b'{"message":"Internal Server Error"}', [("Content-Type", "application/json")])

    def _respond(self, response: Response) -> None:
        self.send_response(response.status)
        for name, value in response.headers:
            self.send_header(name, value)
        if response.status not in self.bodiless:
            self.send_header("Content-Length", str(len(response.body)))
        self.end_headers()
        if self.command != "HEAD" and response.status not in self.bodiless:
            self.wfile.write(response.body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the name http.server gives it)
        log.debug(format, *args)
