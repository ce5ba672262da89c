"""The fake Resend tells what became of a mail, signed, until somebody takes it."""

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from standardwebhooks import Webhook

from infra.local.postgres.postmaster import wait_until
from infra.local.providers.server import Options, Providers
from infra.local.providers.webhook_catalogue import ADDRESS_EVENTS, MAIL_EVENTS, OF_A_MAIL
from owlpost.domain.clock import utc_now
from owlpost.domain.mail_events import MailEvent
from owlpost.domain.webhooks import Envelope
from tests.support.provider_clients import MAIL, Mailer

DELIVERY = "0190a6f0-0000-7000-8000-000000000001"


class Listener(HTTPServer):
    """A customer's endpoint that refuses the first try."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Take)
        self.taken: list[tuple[dict[str, str], bytes]] = []


class _Take(BaseHTTPRequestHandler):
    server: Listener

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.taken.append(({name.lower(): value for name, value in self.headers.items()}, body))
        self.send_response(200 if len(self.server.taken) > 1 else 503)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def listener() -> Iterator[Listener]:
    with Listener() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def providers(folder: Path, listener: Listener) -> Iterator[Providers]:
    url = f"http://127.0.0.1:{listener.server_address[1]}/v1/webhooks/resend"
    with Providers(folder, Options(resend_rate=None, webhook_url=url)) as running:
        yield running


def order(providers: Providers, **what: Any) -> httpx.Response:
    return httpx.post(providers.urls["mailbox"] + "/webhooks", json=what)


def test_a_bounce_is_sent_signed_and_again_until_it_is_taken(
    providers: Providers, mail: Mailer, listener: Listener
) -> None:
    mail(MAIL | {"tags": [{"name": "delivery", "value": DELIVERY}]})
    assert order(providers, event="bounced", to="Ada@example.org").status_code == 202
    assert wait_until(lambda: len(listener.taken) == 2, seconds=10)
    (first, body), (second, same_body) = listener.taken
    assert first["svix-id"] == second["svix-id"]
    assert body == same_body
    secret = providers.announcement()["resend_webhook_secret"]
    Envelope.of(second).verify(body, [secret], now=utc_now)
    headers = {name.replace("svix-", "webhook-"): value for name, value in second.items()}
    assert Webhook(secret).verify(body, headers) == json.loads(body)  # the library of Standard Webhooks, as a peer
    event = MailEvent.from_json(body, signed_at=datetime.now(UTC))
    assert event is not None
    assert (event.suppresses, event.addresses, str(event.delivery_id)) == ("bounced", ("ada@example.org",), DELIVERY)
    assert json.loads(body)["data"]["subject"] == "Hello"


@pytest.mark.parametrize("kind", [*MAIL_EVENTS, *ADDRESS_EVENTS])
def test_every_kind_of_event_has_the_members_that_resend_documents(
    providers: Providers, mail: Mailer, listener: Listener, kind: str
) -> None:
    listener.taken.append(({}, b""))  # the first is refused, and this test does not wait for a second try
    mail(MAIL | {"tags": [{"name": "delivery", "value": DELIVERY}]})
    assert order(providers, event=kind, to="ada@example.org").status_code == 202
    assert wait_until(lambda: len(listener.taken) == 2, seconds=10)
    event = json.loads(listener.taken[1][1])
    assert event["type"] == kind
    if kind in MAIL_EVENTS:
        assert event["data"].keys() == OF_A_MAIL | MAIL_EVENTS[kind].keys()
    else:
        assert event["data"].keys() == {"id", "email", "source_id", "created_at"} | ADDRESS_EVENTS[kind].keys()
    understood = MailEvent.from_json(listener.taken[1][1], signed_at=datetime.now(UTC))
    assert understood
    assert understood.addresses == ("ada@example.org",)
    assert understood.releases is (kind == "suppression.removed")


def test_what_cannot_be_told_is_refused(providers: Providers, mail: Mailer) -> None:
    mail(MAIL)
    assert order(providers, event="bounced", to="nobody@example.org").status_code == 404
    assert order(providers, event="exploded", to="ada@example.org").status_code == 400


def test_without_an_address_for_webhooks_none_is_sent(folder: Path) -> None:
    with Providers(folder) as providers:
        assert order(providers, event="bounced", to="ada@example.org").status_code == 409
