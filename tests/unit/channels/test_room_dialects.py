"""What rooms of Microsoft Teams and Discord are shown: what was typed is data, and everything fits."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from owlpost.channels.chat_text import Words, fitted
from owlpost.channels.discord import dialect as discord
from owlpost.channels.teams import dialect as teams

LINK = "https://owlpost.example/dashboard/feedback/7"


def content(title: str = "Title", body: str = "Body", link: str | None = LINK) -> str:
    return str(discord.render(Words(title, body, link, None))["content"])


def test_what_was_typed_is_no_markdown_no_mention_and_no_link_of_discord() -> None:
    typed = "@everyone <@1> **x** [Sign in](https://evil.example) `a` ~~b~~ # c"
    shown = content(typed, typed).removesuffix(f"\n<{LINK}>").replace("**" + discord.escape(typed) + "**", "")
    assert re.search(r"(?<!\\)[*_~`|>#\[\]()<@]", shown) is None
    assert discord.render(Words(typed, "", None, None))["allowed_mentions"] == {"parse": []}


def test_a_link_of_ours_has_no_preview() -> None:
    assert content().endswith(f"\n<{LINK}>")
    assert discord.render(Words("t", "", LINK, None))["flags"] == 4


@given(
    st.text(min_size=1, max_size=400),
    st.text(max_size=5_000),
    st.sampled_from([None, LINK, f"https://x.example/{'y' * 3_000}"]),
)
def test_discord_gets_at_most_what_it_takes(title: str, body: str, link: str | None) -> None:
    assert 0 < len(content(title, body, link)) <= 2_000


@pytest.mark.parametrize(
    ("url", "posted"),
    [
        ("https://discord.com/api/webhooks/1/x", "https://discord.com/api/webhooks/1/x?wait=true"),
        (
            "https://discord.com/api/webhooks/1/x?thread_id=7",
            "https://discord.com/api/webhooks/1/x?thread_id=7&wait=true",
        ),
        ("https://discord.com/api/webhooks/1/x?wait=false", "https://discord.com/api/webhooks/1/x?wait=true"),
    ],
)
def test_discord_is_asked_to_say_what_became_of_it(url: str, posted: str) -> None:
    assert discord.address(url) == posted


def test_teams_gets_text_in_which_nothing_is_markdown() -> None:
    typed = "[Sign in](https://evil.example) **x**"
    card = teams.render(Words(typed, typed, LINK, None))["attachments"][0]["content"]  # type: ignore[index]
    assert [run for block in card["body"] for run in block["inlines"]] == [
        {"type": "TextRun", "text": typed, "weight": "Bolder", "size": "Medium"},
        {"type": "TextRun", "text": typed},
    ]
    assert [action["url"] for action in card["actions"]] == [LINK]


@given(st.text(min_size=1, max_size=200), st.text(max_size=10_000))
def test_a_card_is_smaller_than_teams_takes(title: str, body: str) -> None:
    card = json.dumps(teams.render(Words(title, body, LINK, LINK)), ensure_ascii=False).encode("utf-8", "replace")
    assert len(card) < 20 * 1024


@given(st.text(max_size=300), st.integers(min_value=1, max_value=50))
def test_a_text_that_is_cut_fits_escaped(text: str, limit: int) -> None:
    assert len(fitted(text, limit, lambda each: each.replace("&", "&amp;").replace("<", "&lt;"))) <= limit


def test_no_character_is_cut_in_half() -> None:
    assert fitted("👨‍👩‍👧‍👦" * 10, 20) == "👨‍👩‍👧‍👦" * 2 + "…"
