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
from urllib.parse import unquote
from uuid import uuid4

import pytest

from infra.local.providers.ses_catalogue import SesRefusal

PATH = "/v2/email/outbound-emails"
ACCOUNT = "/v2/email/account"
IDENTITIES = "/v2/email/identities/"
SECTION = {
    "MAIL_SENDER": "ses",
    "SES_CONFIGURATION_SET": "owlpost",
    "SES_MAILS_PER_SECOND": "1000",
    "EMAIL_FROM": "Owlmetry <owl@owls.example>",
    "EMAIL_REPLY_TO": "help@owls.example",
    "WEB_URL": "https://owl.example.com",
}


def _account() -> dict[str, Any]:
    """What `GetAccount` says of an account in good health, by botocore's model."""
    quota = {"Max24HourSend": 50000.0, "MaxSendRate": 14.0, "SentLast24Hours": 12.0}
    return {"SendingEnabled": True, "ProductionAccessEnabled": True, "EnforcementStatus": "HEALTHY", "SendQuota": quota}


def _identities() -> dict[str, dict[str, Any]]:
    return {
        "owls.example": {"IdentityType": "DOMAIN", "VerifiedForSendingStatus": True, "VerificationStatus": "SUCCESS"}
    }


@dataclass
class Ses:
    """`refusals` are by a part of the address, or by a path.

    `hang_up` cuts the connection after a mail was taken. `account` and `identities` are what Amazon tells of them.
    """

    url: str = ""
    taken: list[dict[str, Any]] = field(default_factory=list)
    #: The ids by which SES knows them.
    ids: list[str] = field(default_factory=list)
    refusals: dict[str, SesRefusal] = field(default_factory=dict)
    hang_up: bool = False
    account: dict[str, Any] = field(default_factory=_account)
    identities: dict[str, dict[str, Any]] = field(default_factory=_identities)

    def mailed(self) -> list[str]:
        return [request["Destination"]["ToAddresses"][0] for request in self.taken]


class _Handler(BaseHTTPRequestHandler):
    ses: ClassVar[Ses]

    def do_GET(self) -> None:
        assert self.headers["authorization"].startswith("AWS4-HMAC-SHA256")
        path = unquote(self.path)
        if refusal := self.ses.refusals.get(path):
            self._answer(refusal.status, {"message": refusal.message}, refusal.code)
        elif path == ACCOUNT:
            self._answer(200, self.ses.account)
        elif said := self.ses.identities.get(path.removeprefix(IDENTITIES)):
            self._answer(200, said)
        else:
            self._answer(404, {"message": "Identity does not exist."}, "NotFoundException")

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

    def _answer(self, status: int, document: dict[str, Any], code: str = "") -> None:
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


def signed_in_at(ses: Ses, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_SESV2", ses.url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "any")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "any")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
