"""What a chat is told: plain text that fits as Telegram counts, and a button where it leads somewhere."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from owlpost.channels.telegram.message import LONGEST_TEXT, chat_message, fitted
from tests.support.mails import delivery as told_to_ada
from tests.support.mails import notification

SITE = "https://owl.example"


def message(site: str = SITE, **of: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(chat_message(told_to_ada(of=notification(**of)), site))
    return found


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def test_it_is_plain_text_without_a_preview_and_with_a_button() -> None:
    assert message() == {
        "text": "New feedback in Pocket Atlas\n\nAda: love it",
        "link_preview_options": {"is_disabled": True},
        "reply_markup": {"inline_keyboard": [[{"text": "Open", "url": f"{SITE}/dashboard/feedback/1"}]]},
    }


def test_what_somebody_typed_stays_as_it_is() -> None:
    assert message(title="*bold* <b>&amp; [x](https://evil.example)")["text"].startswith("*bold* <b>&amp; [x](")


@pytest.mark.parametrize("site", ["", "http://localhost:8080"])
def test_a_button_that_telegram_would_refuse_is_left_out(site: str) -> None:
    assert "reply_markup" not in message(site)
    assert message(site, link="https://apps.example/x")["reply_markup"]


def test_a_text_that_just_fits_is_not_cut() -> None:
    assert fitted("🦉" * 2_048) == "🦉" * 2_048
    assert fitted("🦉" * 2_049) == "🦉" * 2_047 + "…"


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=9_000))
def test_it_fits_as_telegram_counts(text: str) -> None:
    assert units(fitted(text)) <= LONGEST_TEXT


def test_it_is_cut_between_two_characters_as_a_reader_sees_them() -> None:
    family = "👩‍👩‍👧‍👦"
    assert fitted(family * 900).removesuffix("…").replace(family, "") == ""
