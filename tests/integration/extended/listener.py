"""Somebody who listens for relays, on loopback."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any


@dataclass
class Listening:
    """What was posted, by idempotency key and body; after `leave` nobody answers."""

    server: HTTPServer
    posts: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/hook"

    def leave(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@contextmanager
def listen() -> Iterator[Listening]:
    class Listener(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            listening.posts.append((self.headers["Idempotency-Key"], json.loads(body)))
            self.send_response(204 if self.path == "/hook" else 410)
            self.end_headers()

        def log_message(self, *_arguments: Any) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Listener) as server:
        listening = Listening(server)
        Thread(target=server.serve_forever, daemon=True).start()
        yield listening
        server.shutdown()
