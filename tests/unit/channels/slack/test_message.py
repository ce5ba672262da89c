"""A notification as Slack shows it: what was typed is data, and everything fits."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from owlpost.channels.chat_text import Wording, Words
from owlpost.channels.slack.message import MOST_HEADER, MOST_SECTION, message
from tests.support.visits import delivery

SITE = "https://owlpost.example"


def shown(title: str = "Title", body: str = "Body", link: str | None = None) -> dict[str, Any]:
    return dict(message(Words(title, body, link, None)))


def texts(value: object) -> list[str]:
    if isinstance(value, dict):
        return [each for key, member in value.items() if key != "type" for each in texts(member)]
    if isinstance(value, list):
        return [each for member in value for each in texts(member)]
    return [value] if isinstance(value, str) else []


def test_what_was_typed_calls_nobody_and_is_no_link() -> None:
    typed = "<!channel> <@U123> <https://evil.example|Sign in> &lt;"
    for text in texts({**shown(typed, typed), "unfurl_links": None}):
        assert "<" not in text
        assert "&lt;!channel&gt;" in text or text == "open"


def test_no_preview_is_made_of_a_link() -> None:
    assert (shown()["unfurl_links"], shown()["unfurl_media"]) == (False, False)


@given(st.text(min_size=1, max_size=400), st.text(max_size=10_000))
def test_everything_fits_and_no_block_is_empty(title: str, body: str) -> None:
    for block in shown(title, body)["blocks"]:
        if block["type"] in {"header", "section"}:
            limit = MOST_HEADER if block["type"] == "header" else MOST_SECTION
            assert 0 < len(block["text"]["text"]) <= limit
            assert block["text"]["type"] == "plain_text"


def test_a_text_of_nothing_but_signs_that_grow_fits_as_well() -> None:
    blocks = shown("&" * 200, "<" * 10_000)["blocks"]
    assert [len(block["text"]["text"]) for block in blocks] <= [MOST_HEADER, MOST_SECTION]


def test_the_link_is_absolute_and_a_path_without_a_site_is_none() -> None:
    told = delivery(link="/dashboard/feedback/7")
    assert Wording(SITE).of(told).link == f"{SITE}/dashboard/feedback/7"
    assert Wording().of(told).link is None
    assert "javascript" not in json.dumps(message(Wording(SITE).of(delivery(link="javascript:alert(1)"))))


def test_an_installation_may_show_the_title_alone() -> None:
    words = Wording(SITE, title_alone=True).of(delivery(title="Hello", body="A secret"))
    assert "A secret" not in json.dumps(message(words))
    assert words.link
