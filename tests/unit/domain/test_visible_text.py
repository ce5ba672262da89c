import pytest

from owlpost.domain.codes import normal_code
from owlpost.domain.text import is_blank, name_in_mail, one_line, prose


@pytest.mark.parametrize(
    "typed",
    [
        "042137",
        " 042 137 ",
        "042-137",
        "\u200b042137\ufeff",
        "\u00a0042\u202f137",
        "\uff10\uff14\uff12\uff11\uff13\uff17",
        "042\u2013137",
    ],
)
def test_a_code_is_read_however_it_was_pasted(typed: str) -> None:
    assert normal_code(typed) == "042137"


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "\u00a0",
        "\u200b",
        "\u2060\ufeff",
        "\u200d",
        "\u3164",
        "\u2800",
        "\u202e\u202c",
        "\u00ad",
        "\U000e0020",
        "\u0301",
    ],
)
def test_what_nobody_sees_is_blank(text: str) -> None:
    assert is_blank(text)


@pytest.mark.parametrize(
    "text", ["a", "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645", "\U0001f469\u200d\U0001f680", "0"]
)
def test_what_is_seen_is_not_blank_and_stays(text: str) -> None:
    assert not is_blank(text)
    assert one_line(text) == text


def test_a_line_has_no_controls_that_turn_or_hide_text() -> None:
    assert one_line("invoice\u202efdp.exe \u200bA\u00adda\u00a0L") == "invoicefdp.exe Ada L"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Ada Lovelace", "Ada Lovelace"),
        ("O’Neil-Smith", "O’Neil-Smith"),
        ("evil.example/login", "evil example login"),
        ("https://evil.example", "https evil example"),
        ("call 0800123456 now", "call now"),
        ("a" * 60, "a" * 39 + "…"),
    ],
)
def test_a_name_in_a_mail_is_short_and_makes_no_link(name: str, shown: str) -> None:
    assert name_in_mail(name) == shown


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("A" + "".join(chr(0xE0000 + ord(letter)) for letter in "pay Eve"), "A"),
        ("\U0001f600\ufe0f" + "\U000e0150" * 40, "\U0001f600\ufe0f"),
        ("a\u200d\u200c\u200d\u200d", "a\u200d"),
    ],
)
def test_no_text_hides_inside_a_visible_one(text: str, seen: str) -> None:
    assert one_line(text) == prose(text) == seen


@pytest.mark.parametrize(
    "text",
    [
        "\U0001f3f4" + "".join(chr(0xE0000 + ord(letter)) for letter in "gbsct") + "\U000e007f",
        "\u845b\U000e0100",
        "\u2764\ufe0f\u200d\U0001f525",
    ],
)
def test_flags_selectors_and_joined_emoji_stay(text: str) -> None:
    assert one_line(text) == text
