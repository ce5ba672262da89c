"""A loopback server that answers as AWS documents: one path for JSON and query protocols, the paths of REST services."""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

#: An answer: status, content type and body.
Answer = tuple[int, str, str]


def as_json(body: object, status: int = 200) -> Answer:
    return status, "application/x-amz-json-1.0", json.dumps(body)


def as_xml(action: str, body: str) -> Answer:
    """Return what a query service answers: the result between its wrappers."""
    return 200, "text/xml", f"<{action}Response><{action}Result>{body}</{action}Result></{action}Response>"


def as_ec2(action: str, body: str) -> Answer:
    return 200, "text/xml", f"<{action}Response>{body}</{action}Response>"


def denied(action: str) -> Answer:
    return as_json({"__type": "AccessDeniedException", "message": f"not authorized to perform {action}"}, 400)


def error_as_xml(code: str, message: str) -> Answer:
    return (
        400,
        "text/xml",
        f"<ErrorResponse><Error><Code>{code}</Code><Message>{message}</Message></Error></ErrorResponse>",
    )


class _Handler(BaseHTTPRequestHandler):
    answers: Mapping[str, Answer]
    date: str | None

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0)).decode()
        target = self.headers.get("x-amz-target", "").rpartition(".")[2]
        action = target or parse_qs(body).get("Action", [""])[0] or f"{self.command} {urlsplit(self.path).path}"
        of_query_service = not target and body.startswith("Action=")
        refused = error_as_xml("AccessDenied", action) if of_query_service else denied(action)
        status, kind, text = self.answers.get(action) or refused
        self.send_response_only(status)
        self.send_header("date", self.date or formatdate(usegmt=True))
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(text.encode())))
        self.end_headers()
        self.wfile.write(text.encode())

    do_GET = _answer  # noqa: N815 (the name that the server calls)
    do_POST = _answer  # noqa: N815 (the name that the server calls)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@contextmanager
def aws(answers: Mapping[str, Answer], *, date: str | None = None) -> Iterator[str]:
    """Yield the address. `answers` are by action, or by method and path; what is not there is denied."""
    handler = type("Handler", (_Handler,), {"answers": answers, "date": date})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
