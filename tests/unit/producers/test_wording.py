import pytest
from hypothesis import given
from hypothesis import strategies as st

from owlpost.producers import wording
from owlpost.words import english

ANY_TEXT = st.text(st.characters(), max_size=400)


@pytest.mark.parametrize(
    ("milliseconds", "spoken"),
    [
        (0, "0ms"),
        (123, "123ms"),
        (999, "999ms"),
        (1_000, "1.0s"),
        (1_234, "1.2s"),
        (59_999, "59.9s"),
        (60_000, "1m 0s"),
        (125_000, "2m 5s"),
        (3_599_999, "59m 59s"),
        (3_840_000, "1h 4m"),
        (90_000_000, "25h 0m"),
    ],
)
def test_durations_read_as_people_say_them(milliseconds: int, spoken: str) -> None:
    assert wording.duration(milliseconds, english()) == spoken


def test_text_that_fits_is_left_as_it_is() -> None:
    assert wording.cut("a" * 200, 200) == "a" * 200


@pytest.mark.parametrize("whole", ["👩🏽\u200d🚀", "🇩🇪", "❤️", "e\u0301", "👍🏿", "🏴\U000e0067\U000e0062\U000e007f"])
def test_a_cut_parts_no_emoji_flag_or_accent(whole: str) -> None:
    for limit in range(8, 8 + len(whole)):
        kept = wording.cut("1234567" + whole + "more than fits", limit).removesuffix("…")
        assert kept in {"1234567", "1234567" + whole}


def test_a_row_of_flags_is_cut_between_two() -> None:
    assert wording.cut("🇩🇪🇫🇷🇮🇹", 4) == "🇩🇪…"


def test_a_long_name_gives_way_in_a_title_and_not_the_words_around_it() -> None:
    title = wording.title("❌ {} failed", "a name {} " * 40)
    assert len(title) <= 200
    assert title.startswith("❌ a name {} a name")
    assert title.endswith("… failed")


def test_a_name_of_nothing_readable_is_still_a_name() -> None:
    assert wording.name(" \n\x00\x85 ") == "Untitled"


@given(ANY_TEXT, st.integers(1, 50))
def test_a_cut_is_never_too_long_and_only_takes_from_the_end(text: str, limit: int) -> None:
    cut = wording.cut(text, limit)
    assert len(cut) <= limit
    assert text.startswith(cut.removesuffix("…"))


@given(ANY_TEXT)
def test_one_line_is_one_line_and_prose_has_no_control_characters_but_breaks(text: str) -> None:
    control = {chr(code) for code in (*range(32), *range(127, 160))}
    assert not control & set(wording.one_line(text))
    assert not (control - {"\n", "\t"}) & set(wording.prose(text))
