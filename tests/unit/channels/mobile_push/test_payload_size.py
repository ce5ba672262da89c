"""Texts are cut where a reader would cut them, and never come out too long."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from owlpost.channels.push_words import encoded, shorten

FAMILY = "👩‍👩‍👧‍👦"
FLAG = "🇨🇭"
THUMB = "👍🏽"
HEART = "❤️"
ENGLAND = "🏴󠁧󠁢󠁥󠁮󠁧󠁿"


def bytes_of(text: str) -> int:
    return len(encoded(text)) - 2


@given(st.text(), st.integers(min_value=0, max_value=60))
def test_a_cut_text_fits_its_budget(text: str, budget: int) -> None:
    assert bytes_of(shorten(text, budget)) <= budget


@given(st.text(max_size=20))
def test_a_text_that_fits_is_left_alone(text: str) -> None:
    assert shorten(text, bytes_of(text)) == text


@given(st.text(min_size=1), st.integers(min_value=3, max_value=60))
def test_a_cut_text_is_a_beginning_of_the_whole_and_says_so(text: str, budget: int) -> None:
    short = shorten(text, budget)
    assert short == text or (short.endswith("…") and text.startswith(short[:-1]))


@pytest.mark.parametrize("cluster", [FAMILY, FLAG, THUMB, HEART, ENGLAND, "e\u0301", "🦉"])
def test_no_cut_goes_through_what_a_reader_sees_as_one_character(cluster: str) -> None:
    text = "a" + cluster * 3
    wholes = {"…", *(f"a{cluster * count}…" for count in range(3)), text}
    assert {shorten(text, budget) for budget in range(3, bytes_of(text) + 1)} <= wholes


def test_as_much_is_kept_as_there_is_room_for() -> None:
    assert shorten("abcdefghij", 9) == "abcdef…"


def test_escaped_characters_count_as_what_they_become() -> None:
    assert shorten('""""""', 7) == '""…'


def test_without_room_for_an_ellipsis_nothing_is_left() -> None:
    assert not shorten("abcdef", 2)
