"""Slack's own SDK as a peer: it understands the fake, and what we send is what it sends but for what is said here."""

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.models.blocks import (
    ActionsBlock,
    ButtonElement,
    ContextBlock,
    HeaderBlock,
    MarkdownTextObject,
    PlainTextObject,
    SectionBlock,
)
from slack_sdk.models.metadata import Metadata
from slack_sdk.webhook import WebhookClient

from infra.local.providers.exchange import Request
from infra.local.providers.slack import TOKEN, user_of
from owlpost.channels.slack.channel import build
from owlpost.domain.messages import Delivery
from owlpost.domain.outcomes import Sent
from tests.integration.peers.conftest import Overheard, Start
from tests.support.receiving import KEYS
from tests.support.visits import deliver, delivery, destination

if TYPE_CHECKING:
    from collections.abc import Callable

    from slack_sdk.web import SlackResponse

    from owlpost.channels.adapter import ChannelAdapter

SITE, ROOM, ADDRESS = "https://owlpost.example", "C0123456789", "ada+owl@people.example"
TITLE, BODY, LINK = "New feedback in <Pocket & Atlas>", "Ada: love it", "/dashboard/feedback/7"
#: The SDK sends `charset` without a space, and names itself.
OTHER_HEADERS = {"host", "content-type", "content-length", "user-agent", "connection", "accept", "accept-encoding"}


def client(overheard: Overheard, token: str = TOKEN) -> WebClient:
    return WebClient(token, base_url=f"{overheard.providers.urls['slack']}/api/", timeout=20, retry_handlers=[])


def hook(overheard: Overheard) -> str:
    return f"{overheard.providers.urls['slack']}/services/T012AB3C4/B0001/secret"


def blocks() -> list[Any]:
    """The blocks of our message as the SDK's models have them, which check lengths and members."""
    return [
        HeaderBlock(text=_plain(TITLE)),
        SectionBlock(text=_plain(BODY)),
        ActionsBlock(elements=[ButtonElement(text=_plain("Open"), url=f"{SITE}{LINK}", action_id="open")]),
        ContextBlock(
            elements=[
                MarkdownTextObject(text=f"<{SITE}/dashboard/profile/destinations|Change what is told here>"),
            ]
        ),
    ]


def _plain(text: str) -> PlainTextObject:
    return PlainTextObject(text=_escaped(text), emoji=False)


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def ours(overheard: Overheard, kind: str, content: dict[str, object], **more: Any) -> tuple[Delivery, list[Request]]:
    adapter: ChannelAdapter[Any] = build(
        {
            "SLACK_BOT_TOKEN": TOKEN,
            "SLACK_BASE_URL": f"{overheard.providers.urls['slack']}/api",
            "DESTINATION_KEYS": KEYS[0],
            "WEB_URL": SITE,
        }
    )
    state = "unverified" if kind == "bot_dm" else "live"
    one = delivery(destination(kind, content, state=state), title=TITLE, body=BODY, link=LINK, **more)
    assert isinstance(deliver(adapter, one).outcomes[one.id], Sent)
    return one, overheard.requests


def compared(request: Request) -> dict[str, str]:
    return {name: value for name, value in request.headers.items() if name not in OTHER_HEADERS}


def test_our_message_is_the_sdks_message(start: Start) -> None:
    first, second = start(), start()
    one, [our] = ours(first, "bot_room", {"room_id": ROOM})
    posted = client(second).chat_postMessage(
        channel=ROOM,
        text=f"{_escaped(TITLE)}\n{BODY}",
        blocks=blocks(),
        metadata=Metadata("owlpost_delivery", {"delivery_id": str(one.id)}),
        unfurl_links=False,
        unfurl_media=False,
    )
    [their] = second.requests
    assert (our.method, urlsplit(our.path).path) == (their.method, urlsplit(their.path).path)
    assert compared(our) == compared(their)
    assert json.loads(our.body) == json.loads(their.body)
    [kept] = second.providers.ledger.accepted()
    assert (posted["ts"], posted["channel"]) == (kept["provider_id"], ROOM)
    assert posted["message"]["bot_id"].startswith("B")


def test_our_look_up_asks_for_what_the_sdks_does(start: Start) -> None:
    """It posts a form, where we send a query, as the page of the method has it."""
    first, second = start(), start()
    _, [our, _] = ours(first, "bot_dm", {}, address=ADDRESS)
    found = client(second).users_lookupByEmail(email=ADDRESS)
    [their] = second.requests
    assert (our.method, their.method) == ("GET", "POST")
    assert urlsplit(our.path).path == urlsplit(their.path).path
    assert parse_qs(urlsplit(our.path).query) == parse_qs(their.body.decode()) == {"email": [ADDRESS]}
    assert compared(our) == compared(their)
    assert found["user"]["id"] == user_of(ADDRESS)


def test_our_post_to_an_incoming_webhook_is_the_sdks(start: Start) -> None:
    first, second = start(), start()
    _, [our] = ours(first, "incoming_webhook", {"url": hook(first)})
    answer = WebhookClient(hook(second), timeout=20, retry_handlers=[]).send(
        text=f"{_escaped(TITLE)}\n{BODY}", blocks=blocks(), unfurl_links=False, unfurl_media=False
    )
    [their] = second.requests
    assert (our.method, our.path) == (their.method, their.path)
    assert compared(our) == compared(their)
    assert json.loads(our.body) == json.loads(their.body)
    assert (answer.status_code, answer.body) == (200, "ok")


@pytest.mark.parametrize("code", ["channel_not_found", "not_in_channel", "internal_error", "missing_scope"])
def test_the_sdk_reads_the_fakes_refusals(overheard: Overheard, code: str) -> None:
    overheard.suffers("slack", "answer", answer=code, times=1)
    with pytest.raises(SlackApiError) as refused:
        client(overheard).chat_postMessage(channel=ROOM, text="Hello")
    assert (refused.value.response.status_code, refused.value.response["error"]) == (200, code)


def test_the_sdk_reads_what_the_fake_refuses_by_itself(overheard: Overheard) -> None:
    known, stranger = client(overheard), client(overheard, "xoxb-0")
    wrong: dict[str, Callable[[], SlackResponse]] = {
        "invalid_auth": lambda: stranger.chat_postMessage(channel=ROOM, text="Hello"),
        "channel_not_found": lambda: known.chat_postMessage(channel="#general", text="Hello"),
        "users_not_found": lambda: known.users_lookupByEmail(email="ada@nobody.example"),
    }
    for code, call in wrong.items():
        with pytest.raises(SlackApiError) as refused:
            call()
        assert refused.value.response["error"] == code
    gone = WebhookClient(hook(overheard), retry_handlers=[])
    overheard.suffers("slack", "answer", answer="hook_no_service", times=1)
    answer = gone.send(text="Hello")
    assert (answer.status_code, answer.body) == (404, "no_service")


def test_the_sdk_is_told_when_to_come_back_by_a_header(overheard: Overheard) -> None:
    overheard.suffers("slack", "rate_limit", retry_after=30, times=1)
    with pytest.raises(SlackApiError) as refused:
        client(overheard).chat_postMessage(channel=ROOM, text="Hello")
    response = refused.value.response
    assert (response.status_code, response.headers["Retry-After"], response["error"]) == (429, "30", "ratelimited")


def test_the_sdk_takes_slacks_page_for_no_answer_of_the_api(overheard: Overheard) -> None:
    overheard.suffers("slack", "error_503", times=1)
    with pytest.raises(SlackApiError, match="non-JSON"):
        client(overheard).chat_postMessage(channel=ROOM, text="Hello")
