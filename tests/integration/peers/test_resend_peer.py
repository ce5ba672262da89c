"""Resend's own SDK as a peer: what it sends and what we send is the same call, and our fake understands both."""

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import resend
from resend.exceptions import ResendError

from infra.local.providers.exchange import Request
from infra.local.providers.faults import Fault
from infra.local.providers.server import Options, Providers
from owlpost.channels.email.message import Mail, MailMessage
from owlpost.channels.email.pacing import Pacer
from owlpost.channels.email.resend import ResendSender
from owlpost.domain.mail_events import DELIVERY_TAG
from owlpost.domain.outcomes import Outcome, Sent
from tests.support.catalogue_check import honest_providers

SENDER = "Owlmetry <owl@example.org>"
MAIL = Mail("R&D 🦉", "<p>Hi</p>", "Hi", headers={"X-Owlpost-Delivery": "1"})
#: Headers that name the client, the connection or its encodings. They differ between any two HTTP clients.
OF_THE_CLIENT = {"user-agent", "accept", "accept-encoding", "connection", "content-length", "host"}


@dataclass
class Peer:
    """The fake Resend, and each request that has reached it."""

    providers: Providers
    requests: list[Request] = field(default_factory=list)

    def ours(self, messages: list[MailMessage], *, key: str) -> list[Outcome]:
        sender = ResendSender(
            api_key=self.providers.credentials.accounts.resend_api_key,
            base_url=self.providers.urls["resend"],
            pacer=Pacer(100),
            sender=SENDER,
            reply_to="help@example.org",
        )
        with closing(sender):
            return sender.send(messages, key=key, deadline=datetime.now(UTC) + timedelta(seconds=15))

    def theirs(self, messages: list[MailMessage], *, key: str) -> resend.Batch.SendResponse:
        mails: list[resend.Emails.SendParams] = [_params(message) for message in messages]
        return resend.Batch.send(mails, {"idempotency_key": key, "batch_validation": "permissive"})


def _params(message: MailMessage) -> resend.Emails.SendParams:
    return {
        "from": SENDER,
        "to": [message.to],
        "subject": message.mail.subject,
        "html": message.mail.html,
        "text": message.mail.text,
        "headers": dict(message.mail.headers),
        "reply_to": "help@example.org",
        "tags": [{"name": DELIVERY_TAG, "value": str(message.delivery_id)}],
    }


@pytest.fixture
def peer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Peer]:
    requests: list[Request] = []
    options = Options(resend_rate=None, observe=lambda _, request, __: requests.append(request))
    with honest_providers(tmp_path, options) as running:
        monkeypatch.setattr(resend, "api_key", running.credentials.accounts.resend_api_key)
        monkeypatch.setattr(resend, "api_url", running.urls["resend"])
        yield Peer(running, requests)


def messages(*addresses: str) -> list[MailMessage]:
    return [MailMessage(address, MAIL, uuid4()) for address in addresses]


def _headers(request: Request) -> dict[str, str]:
    return {name: value for name, value in request.headers.items() if name not in OF_THE_CLIENT}


def _body(request: Request) -> Any:
    return json.loads(request.body)


def test_our_call_is_the_call_of_the_official_sdk_in_method_path_headers_and_body(peer: Peer) -> None:
    mails = messages("ada@example.org", "grace@example.org")
    peer.ours(mails, key="ours")
    peer.theirs(mails, key="theirs")
    ours, theirs = peer.requests
    assert (ours.method, ours.path) == (theirs.method, theirs.path)
    assert _headers(ours) | {"idempotency-key": ""} == _headers(theirs) | {"idempotency-key": ""}
    assert (ours.headers["idempotency-key"], theirs.headers["idempotency-key"]) == ("ours", "theirs")
    assert ours.headers["user-agent"]  # without one, Resend answers 403
    assert _body(ours) == _body(theirs)


def test_the_same_key_from_both_clients_sends_nothing_twice(peer: Peer) -> None:
    mails = messages("ada@example.org")
    [outcome] = peer.ours(mails, key="shared")
    repeated = peer.theirs(mails, key="shared")
    assert outcome == Sent({"provider_id": repeated["data"][0]["id"]})
    assert peer.providers.ledger.counts()["email"] == 1


def test_the_official_sdk_reads_the_fakes_permissive_answer(peer: Peer) -> None:
    peer.providers.faults.add(Fault(provider="resend", fault="partial", match="bad@"))
    response = peer.theirs(messages("ada@example.org", "bad@example.org", "grace@example.org"), key="k")
    assert len(response["data"]) == 2
    assert [error["index"] for error in response["errors"]] == [1]


def test_the_official_sdk_reads_the_fakes_refusal(peer: Peer) -> None:
    peer.providers.faults.add(Fault(provider="resend", fault="rate_limit", times=1))
    with pytest.raises(ResendError) as refused:
        peer.theirs(messages("ada@example.org"), key="k")
    assert (refused.value.code, refused.value.error_type) == (429, "rate_limit_exceeded")
