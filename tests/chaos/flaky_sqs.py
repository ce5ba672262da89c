"""A front door to SQS that refuses, hangs up and stutters, at rates that change while it is in use."""

import http.client
import socket
import struct
import threading
from collections import Counter
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

from infra.local.account import LOOPBACK

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Refused before anything is done; cut off before and after it was done; a message sent that arrives twice.
KINDS = ("refuse", "cut_before", "cut_after", "twice")
REFUSAL = (
    b'{"__type":"com.amazonaws.sqs#ServiceUnavailable","message":"The request has failed due to a temporary failure."}'
)
#: Closing a socket with this set tells the other side of a reset instead of an end.
RESET = struct.pack("ii", 1, 0)


class FlakySqs:
    """Hands requests on to `target` and answers back; `rates` are the probabilities of each kind of fault."""

    def __init__(self, seed: int) -> None:
        self._server = _Server((LOOPBACK, 0), _Handler)
        self._server.front = self
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)
        self._random = Random(seed)  # noqa: S311 (a repeatable experiment, not a secret)
        self._lock = threading.Lock()
        self.url = f"http://{LOOPBACK}:{self._server.server_port}"
        self.target = ""
        self.rates: Mapping[str, float] = {}
        self.injected: Counter[str] = Counter()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def cut(self) -> None:
        """Reset every connection that stands."""
        for connection in list(self._server.connections):
            with suppress(OSError):
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                connection.shutdown(socket.SHUT_RDWR)

    def fault(self, action: str) -> str | None:
        """What befalls this request, if anything, counted."""
        with self._lock:
            struck = [kind for kind, rate in self.rates.items() if self._random.random() < rate]
            kind = next((kind for kind in struck if kind != "twice" or "Send" in action), None)
            if kind:
                self.injected[kind] += 1
            return kind


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128
    front: FlakySqs

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.connections: set[socket.socket] = set()

    def process_request(self, request: Any, client_address: Any) -> None:
        self.connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self.connections.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that was killed is no news here."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        fault = self.server.front.fault(self.headers.get("X-Amz-Target", ""))
        match fault:
            case "cut_before":
                self._cut()
                return
            case "refuse":
                self._answer(503, REFUSAL, "application/x-amz-json-1.0")
                return
            case "twice":
                self._forward(body)
        status, answer, content_type = self._forward(body)
        if fault == "cut_after":
            self._cut()
        else:
            self._answer(status, answer, content_type)

    def _forward(self, body: bytes) -> tuple[int, bytes, str]:
        target = urlsplit(self.server.front.target)
        connection = http.client.HTTPConnection(target.hostname or "", target.port)
        try:
            connection.request("POST", self.path, body, dict(self.headers.items()))
            response = connection.getresponse()
            return response.status, response.read(), response.headers["Content-Type"]
        finally:
            connection.close()

    def _answer(self, status: int, body: bytes, content_type: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _cut(self) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        self.connection.close()
        self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the name http.server gives it)
        """Faults are counted, not logged."""
