"""What rooms of Microsoft Teams and Discord are shown: what was typed is data, and everything fits."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from owlpost.channels.chat_text import Words, fitted
from owlpost.channels.discord import dialect as discord
from owlpost.channels.per_destination_verdict import Answer
from owlpost.channels.provider_answer import Meaning
from owlpost.channels.replies import Reply
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


@pytest.mark.parametrize("read", [teams.read, discord.read])
@pytest.mark.parametrize("body", [b"", b"<html>", b'{"error": {"code": 7}}', b'{"error": "x"}', b"[]", b"\xff"])
@pytest.mark.parametrize(
    ("status", "meaning"),
    [
        (402, Meaning.REFUSED),
        (418, Meaning.REFUSED),
        (302, Meaning.REFUSED),
        (500, Meaning.PASSES),
        (502, Meaning.PASSES),
        (503, Meaning.PASSES),
    ],
)
def test_an_answer_that_no_source_shows_is_taken_by_its_status(
    read: Callable[[Reply, datetime], Answer], body: bytes, status: int, meaning: Meaning
) -> None:
    answer = read(Reply(status, {}, body), datetime.now(UTC))
    assert (answer.meaning, answer.code, answer.status) == (meaning, None, status)


@pytest.mark.parametrize(("status", "meaning"), [(410, Meaning.DEAD), (413, Meaning.REFUSED), (403, Meaning.OFF)])
def test_a_workflow_that_says_its_status_alone_is_understood(status: int, meaning: Meaning) -> None:
    assert teams.read(Reply(status, {}, b""), datetime.now(UTC)).meaning is meaning


def test_a_code_of_power_automate_is_shown_only_if_it_looks_like_one() -> None:
    said = json.dumps({"error": {"code": "ada@people.example", "message": "no"}}).encode()
    assert teams.read(Reply(400, {}, said), datetime.now(UTC)).code is None


@given(st.text(max_size=300), st.integers(min_value=1, max_value=50))
def test_a_text_that_is_cut_fits_escaped(text: str, limit: int) -> None:
    assert len(fitted(text, limit, lambda each: each.replace("&", "&amp;").replace("<", "&lt;"))) <= limit


def test_no_character_is_cut_in_half() -> None:
    assert fitted("👨‍👩‍👧‍👦" * 10, 20) == "👨‍👩‍👧‍👦" * 2 + "…"
