"""Amazon SES' `SendEmail` on loopback, as botocore speaks it: it keeps what it takes, and refuses as it is told."""

import json
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from uuid import uuid4

from infra.local.providers.ses_catalogue import SesRefusal

PATH = "/v2/email/outbound-emails"


@dataclass
class Ses:
    """`refusals` are by a part of the address. `hang_up` cuts the connection after a mail was taken."""

    url: str = ""
    taken: list[dict[str, Any]] = field(default_factory=list)
    #: The ids by which SES knows them.
    ids: list[str] = field(default_factory=list)
    refusals: dict[str, SesRefusal] = field(default_factory=dict)
    hang_up: bool = False

    def mailed(self) -> list[str]:
        return [request["Destination"]["ToAddresses"][0] for request in self.taken]


class _Handler(BaseHTTPRequestHandler):
    ses: ClassVar[Ses]

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["content-length"])))
        assert self.path == PATH
        assert self.headers["authorization"].startswith("AWS4-HMAC-SHA256")
        address = request["Destination"]["ToAddresses"][0]
        if refusal := next((each for part, each in self.ses.refusals.items() if part in address), None):
            self._answer(refusal.status, {"message": refusal.message}, refusal.code)
            return
        self.ses.taken.append(request)
        self.ses.ids.append(f"0100{uuid4().hex}-000000")
        if self.ses.hang_up:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
            return
        self._answer(200, {"MessageId": self.ses.ids[-1]})

    def _answer(self, status: int, document: dict[str, str], code: str = "") -> None:
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        if code:
            self.send_header("x-amzn-errortype", code)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def amazon_ses() -> Iterator[Ses]:
    ses = Ses()
    handler = type("Handler", (_Handler,), {"ses": ses})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.handle_error = lambda *_: None  # type: ignore[method-assign]
        ses.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield ses
        finally:
            server.shutdown()
            thread.join()
