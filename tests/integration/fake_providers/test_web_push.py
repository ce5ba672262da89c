"""The fake push service refuses what the real ones refuse, each in its own words, and only the browser can read a push."""

import base64
import json
import time
from collections.abc import Mapping
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from infra.local.providers.server import Providers
from infra.local.providers.web_push_browsers import Browsers
from owlpost.channels.web_push.encryption import BrowserKeys, encrypt
from owlpost.channels.web_push.vapid import Vapid, key_of, public_key_of
from owlpost.domain.base64url import decoded

SECRET = "a secret of these tests alone, and long"
MESSAGE = {"id": "0190a6f0-0000-7000-8000-000000000001", "title": "Hello", "body": "🦉", "unread": 1}


class Page:
    """A page that has subscribed, and its server."""

    def __init__(self, providers: Providers, http: httpx.Client, maker: str = "mozilla") -> None:
        self._http = http
        origin = providers.urls["web_push"]
        made = http.post(f"{origin}/subscriptions", json={"key": public_key_of(SECRET), "maker": maker})
        self.subscription: dict[str, Any] = made.json()
        self.endpoint = str(self.subscription["endpoint"])
        keys = self.subscription["keys"]
        self.keys = BrowserKeys(decoded(keys["p256dh"]), decoded(keys["auth"]))

    def headers(self) -> dict[str, str]:
        vapid = Vapid(key_of(SECRET), "mailto:ops@owl.example").authorization(self.endpoint, now=time.time())
        return {"ttl": "60", "content-encoding": "aes128gcm", "urgency": "high", "topic": "abc", "authorization": vapid}

    def push(self, body: bytes | None = None, *, headers: Mapping[str, str] | None = None) -> httpx.Response:
        sent = encrypt(json.dumps(MESSAGE).encode(), self.keys) if body is None else body
        return self._http.post(self.endpoint, content=sent, headers=headers or self.headers())


@pytest.fixture
def page(providers: Providers, http: httpx.Client) -> Page:
    return Page(providers, http)


def test_a_push_is_read_by_its_browser_and_shown(providers: Providers, page: Page) -> None:
    answer = page.push()
    assert (answer.status_code, answer.headers["ttl"]) == (201, "60")
    [shown] = providers.ledger.accepted()
    assert shown["payload"] == MESSAGE
    assert (shown["channel"], shown["title"], shown["text"], shown["collapse_id"]) == ("web_push", "Hello", "🦉", "abc")


def test_a_push_for_another_browser_is_taken_and_shown_to_nobody(
    providers: Providers, page: Page, http: httpx.Client
) -> None:
    other = Page(providers, http)
    assert page.push(encrypt(json.dumps(MESSAGE).encode(), other.keys)).status_code == 201
    assert page.push(b"no push at all").status_code == 201
    assert providers.ledger.accepted() == []


@pytest.mark.parametrize(
    ("header", "value", "errno"),
    [
        ("ttl", "", 111),
        ("ttl", "soon", 112),
        ("ttl", "2592001", 112),
        ("topic", "x" * 33, 113),
        ("topic", "a b", 113),
        ("urgency", "highest", 113),
        ("content-encoding", "aesgcm", 101),
        ("authorization", "", 109),
        ("authorization", "Bearer x", 109),
    ],
)
def test_a_header_that_will_not_do_is_refused(page: Page, header: str, value: str, errno: int) -> None:
    headers = {**page.headers(), header: value}
    if not value:
        del headers[header]
    answer = page.push(headers=headers)
    assert answer.json()["errno"] == errno


def test_a_body_that_is_too_large_is_refused(page: Page) -> None:
    assert page.push(b"x" * 4_029).status_code == 413
    assert page.push(b"x" * 4_028).status_code == 201


@pytest.mark.parametrize(("maker", "status"), [("mozilla", 401), ("google", 403), ("apple", 403), ("windows", 403)])
def test_another_key_than_that_of_the_page_may_not_push(
    providers: Providers, http: httpx.Client, maker: str, status: int
) -> None:
    page = Page(providers, http, maker)
    stranger = Vapid(ec.generate_private_key(ec.SECP256R1()), "mailto:ops@owl.example")
    refused = page.push(
        headers={**page.headers(), "authorization": stranger.authorization(page.endpoint, now=time.time())}
    )
    assert refused.status_code == status
    assert page.push().status_code == 201
    assert [each["provider"] for each in providers.ledger.accepted()] == [maker]


@pytest.mark.parametrize(
    ("subject", "audience", "age"),
    [
        ("mailto:ops@localhost", "", 0.0),
        ("ops@owl.example", "", 0.0),
        ("mailto:ops@owl.example", "https://fcm.googleapis.com/", 0.0),
        ("mailto:ops@owl.example", "", 90_000.0),
        ("mailto:ops@owl.example", "", -90_000.0),
    ],
)
def test_a_token_that_apple_would_refuse_is_refused(
    providers: Providers, http: httpx.Client, subject: str, audience: str, age: float
) -> None:
    page = Page(providers, http, "apple")
    vapid = Vapid(key_of(SECRET), subject)
    refused = page.push(
        headers={
            **page.headers(),
            "authorization": vapid.authorization(audience or page.endpoint, now=time.time() - age),
        }
    )
    assert (refused.status_code, refused.json()) == (403, {"reason": "BadJwtToken"})


def test_a_signature_of_somebody_else_is_refused(page: Page) -> None:
    scheme, token, key = page.headers()["authorization"].split(" ")
    forged = token[:-8] + base64.urlsafe_b64encode(b"123456")[:7].decode() + ","
    assert page.push(headers={**page.headers(), "authorization": f"{scheme} {forged} {key}"}).status_code == 401


def test_who_has_subscribed_is_known_after_a_restart(providers: Providers, http: httpx.Client, page: Page) -> None:
    again = Browsers(providers.credentials.certificate.parent)
    path = page.endpoint.removeprefix(providers.urls["web_push"])
    assert again.at(path) == providers.browsers.at(path) is not None
    assert http.post(page.endpoint + "x", content=b"").status_code == 404
