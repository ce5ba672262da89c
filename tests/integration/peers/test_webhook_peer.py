"""The Standard Webhooks library as a peer: what it signs, our route takes; what our fake signs, it verifies."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from functions import provider_events
from infra.local.providers.credentials import Credentials
from owlpost.domain.webhooks import Envelope
from tests.support.stage import Stage
from tests.support.wired import Context, Wired

SECRET = "whsec_" + "b3dsIGhvb3RzIGF0IG5pZ2h0LCBieSB0aGUgbGFrZQ=="


@pytest.fixture
def post(wired: Wired) -> Callable[..., int]:
    """Post to our route what the library signed. Svix, and so Resend, names its three headers `svix-`."""
    wired.as_function("provider_events", RESEND_WEBHOOK_SECRETS=SECRET)

    def posted(body: str, *, secret: str = SECRET, age: float = 0, sent: str = "") -> int:
        id_, at = f"msg_{uuid4().hex}", datetime.now(UTC) - timedelta(seconds=age)
        headers = {
            "svix-id": id_,
            "svix-timestamp": str(int(at.timestamp())),
            "svix-signature": Webhook(secret).sign(id_, at, body),
        }
        http = {"method": "POST", "path": "/v1/webhooks/resend", "sourceIp": "203.0.113.77"}
        asked = {"http": http, "requestId": "JKJaXmPLvHcESHA="}
        event = {"requestContext": asked, "headers": headers, "body": sent or body, "isBase64Encoded": False}
        status: int = provider_events.handler(event, Context())["statusCode"]
        return status

    return posted


def bounce(to: str) -> str:
    data: dict[str, Any] = {"to": [to], "bounce": {"type": "Permanent", "subType": "General", "message": "No 🦉 here"}}
    return json.dumps({"type": "email.bounced", "created_at": "2026-11-22T23:41:12.126Z", "data": data})


def test_our_route_takes_what_the_library_signed(stage: Stage, post: Callable[..., int]) -> None:
    (delivery_id,) = stage.tell()
    stage.deliver([delivery_id])
    assert post(bounce(str(stage.row(delivery_id)["address"]))) == 200


@pytest.mark.parametrize(
    "how",
    [{"secret": "whsec_c29tZWJvZHkgZWxzZSdzIHNlY3JldA=="}, {"age": 301}, {"age": -360}, {"sent": bounce("x@y.z")}],
)
def test_our_route_refuses_what_the_library_would_refuse(post: Callable[..., int], how: dict[str, Any]) -> None:
    assert post(bounce("ada@people.example"), **how) == 401


def test_our_signature_is_the_librarys() -> None:
    at = datetime(2026, 11, 28, 12, tzinfo=UTC)
    envelope = Envelope("msg_1", str(int(at.timestamp())))
    body = bounce("ada@people.example")
    assert envelope.sign(body.encode(), SECRET) == Webhook(SECRET).sign("msg_1", at, body)


def test_the_library_verifies_what_the_fake_resend_signs(tmp_path: Any) -> None:
    secret = Credentials(tmp_path).accounts.resend_webhook_secret
    envelope = Envelope("msg_1", str(int(datetime.now(UTC).timestamp())))
    body = bounce("ada@people.example").encode()
    headers = {
        "webhook-id": envelope.id,
        "webhook-timestamp": envelope.timestamp,
        "webhook-signature": f"v1a,bm9uZQ== {envelope.sign(body, secret)}",
    }
    assert Webhook(secret).verify(body, headers) == json.loads(body)
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(body + b" ", headers)
