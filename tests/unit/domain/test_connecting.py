"""What somebody may state to connect a destination, by the kind that they connect."""

import base64

import pytest

from owlpost.domain.connect import SUBSCRIPTION, URL, Ask, ConnectKind
from owlpost.domain.connecting import Stated, read
from owlpost.domain.errors import InvalidRequest

ROOM = Ask("room_id", "Channel id", "text", pattern="[CG][A-Z0-9]{8,}", example="C0123456789")
ANY = ConnectKind("url", "Webhook", "person", "challenge", asks=URL)
LISTED = ConnectKind(
    "room_webhook",
    "Room",
    "room",
    "test",
    asks=URL,
    hosts=("hooks.slack.com", "*.logic.azure.com"),
    elsewhere=(("*.office.com", "is of a connector that is gone: make a workflow instead"),),
)
BROWSER = ConnectKind("subscription", "Browser", "person", "at_once", asks=SUBSCRIPTION, hosts=("push.example.com",))
KEYS = {
    "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
    "auth": base64.urlsafe_b64encode(bytes(range(16))).decode(),
}


def refused(kind: ConnectKind, more: tuple[str, ...] = (), **fields: object) -> tuple[str, str]:
    with pytest.raises(InvalidRequest) as caught:
        read(kind, fields, more_hosts=more)
    return caught.value.field, caught.value.problem


@pytest.mark.parametrize(
    "url", ["https://hooks.slack.com/services/T/B/x", "https://prod-7.westeurope.logic.azure.com/x"]
)
def test_a_listed_host_is_taken_and_sealed(url: str) -> None:
    assert read(LISTED, {"url": url}).content == {"url": url}


@pytest.mark.parametrize(
    "url",
    [
        "https://hooks.slack.com.evil.example/x",
        "https://evil-hooks.slack.com/x",
        "https://evillogic.azure.com/x",
        "https://logic.azure.com/x",
        "https://discord.com/x",
    ],
)
def test_a_host_that_only_looks_like_one_is_refused(url: str) -> None:
    assert refused(LISTED, url=url) == ("url", "must lead to hooks.slack.com or *.logic.azure.com")


def test_a_host_that_people_try_is_refused_with_the_reason() -> None:
    field, problem = refused(LISTED, url="https://acme.webhook.office.com/webhookb2/x")
    assert (field, problem) == ("url", "is of a connector that is gone: make a workflow instead")


def test_an_operator_adds_hosts_and_receivers_inside() -> None:
    more = ("hooks.acme.example", "127.0.0.1:8080")
    for url in ("https://hooks.acme.example/x", "http://127.0.0.1:8080/x"):
        assert read(LISTED, {"url": url}, more_hosts=more).address == url
    assert refused(LISTED, more, url="http://127.0.0.1:8081/x")[0] == "url"


@pytest.mark.parametrize("kind", [ANY, LISTED, BROWSER], ids=lambda kind: kind.key)
def test_what_is_asked_for_is_required_and_nothing_else_is_taken(kind: ConnectKind) -> None:
    assert kind.asks
    assert refused(kind) == (kind.asks.field, "is required")
    assert refused(kind, room_id="C0123456789") == ("room_id", "is not asked for here")


def test_a_kind_that_asks_for_nothing_takes_nothing() -> None:
    kind = ConnectKind("bot_dm", "Slack", "person", "test")
    assert read(kind, {"url": None}) == Stated("", label="Slack")
    assert refused(kind, url="https://x.example")[0] == "url"


@pytest.mark.parametrize("text", ["alerts", "#alerts", "C012", "c0123456789", "C0123456789/x", 7])
def test_a_room_is_named_by_its_id(text: object) -> None:
    kind = ConnectKind("bot_room", "Slack channel", "room", "test", asks=ROOM)
    assert refused(kind, room_id=text)[0] == "room_id"
    assert read(kind, {"room_id": " C0123456789 "}) == Stated("C0123456789", {"room_id": "C0123456789"}, "C0123456789")


def test_a_browsers_subscription_is_taken_by_its_endpoint() -> None:
    endpoint = "https://push.example.com/p/1"
    stated = read(BROWSER, {"subscription": {"endpoint": endpoint, "keys": KEYS, "expirationTime": None}})
    assert stated == Stated(endpoint, {"url": endpoint, **KEYS}, "push.example.com")


@pytest.mark.parametrize(
    "subscription",
    [
        "text",
        {"endpoint": "https://push.example.com/p/1"},
        {"endpoint": "https://push.example.com/p/1", "keys": {**KEYS, "auth": "AAAA"}},
        {"endpoint": "https://push.example.com/p/1", "keys": {**KEYS, "p256dh": "not base64!"}},
        {"endpoint": "https://push.example.com/p/1", "keys": {**KEYS, "p256dh": None}},
        {"endpoint": "https://169.254.169.254/p/1", "keys": KEYS},
        {"endpoint": "https://evil.example/p/1", "keys": KEYS},
    ],
)
def test_a_subscription_that_makes_no_sense_or_leads_elsewhere_is_refused(subscription: object) -> None:
    assert refused(BROWSER, subscription=subscription)[0] == "subscription"
