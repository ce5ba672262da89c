"""Lambda's Invoke API on loopback, for what is started and not waited for: it answers 202 and keeps what came.

https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
"""

import json
import re
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, Self

import boto3

from infra.local.account import CREDENTIALS, REGION


class FakeLambda:
    """`started` holds the function, the kind of invocation and the event of each call; `refuses` answers as a busy Lambda."""

    def __init__(self) -> None:
        self.started: list[tuple[str, str, Any]] = []
        self.refuses = False
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Calls, self))

    def __enter__(self) -> Self:
        Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def client(self) -> Any:
        url = f"http://127.0.0.1:{self._server.server_address[1]}"
        return boto3.client("lambda", endpoint_url=url, region_name=REGION, **CREDENTIALS)


class _Calls(BaseHTTPRequestHandler):
    def __init__(self, fake: FakeLambda, *arguments: Any) -> None:
        self._fake = fake
        super().__init__(*arguments)

    def do_POST(self) -> None:
        event = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        function = re.fullmatch(r"/2015-03-31/functions/([^/]+)/invocations", self.path)
        assert function, self.path
        if self._fake.refuses:
            self._answer(400, b'{"Type":"User","message":"not now"}', {"x-amzn-errortype": "ResourceConflictException"})
            return
        self._fake.started.append((function[1], self.headers["X-Amz-Invocation-Type"], event))
        self._answer(202, b"", {})

    def _answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the base class names it)
        """Keep quiet."""
