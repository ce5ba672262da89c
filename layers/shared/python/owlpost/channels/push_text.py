"""Cutting text for a phone: to a number of bytes, at a place where a reader would cut it."""

import json
import unicodedata

ELLIPSIS = "…"
ZERO_WIDTH_JOINER = "\u200d"


def encoded(value: object) -> bytes:
    """Compact JSON in UTF-8, as the providers count it; a lone surrogate becomes a question mark."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def shorten(text: str, budget: int) -> str:
    """Cut `text` so that its JSON string has at most `budget` bytes between the quotes; "" when not even … has room."""
    if _size(text) <= budget:
        return text
    low, high = 0, min(len(text), max(budget, 0))
    while low < high:
        middle = (low + high + 1) // 2
        if _size(text[:middle]) + len(ELLIPSIS.encode()) <= budget:
            low = middle
        else:
            high = middle - 1
    kept = text[: _boundary(text, low)].rstrip()
    return kept + ELLIPSIS if budget >= len(ELLIPSIS.encode()) else ""


def _size(text: str) -> int:
    return len(encoded(text)) - 2


def _boundary(text: str, at: int) -> int:
    """Move a cut to the left until it splits no emoji sequence, flag or accented letter (UAX #29, its common cases)."""
    while 0 < at < len(text) and _joined(text, at):
        at -= 1
    return at


def _joined(text: str, at: int) -> bool:
    before, after = text[at - 1], text[at]
    if before == ZERO_WIDTH_JOINER or _extends(after):
        return True
    return _is_flag_letter(after) and _flag_letters_before(text, at) % 2 == 1


def _extends(character: str) -> bool:
    """Whether it belongs to the character before it: accents, variation selectors, skin tones, joiners, tags."""
    return (
        unicodedata.category(character) in {"Mn", "Me", "Mc"}
        or character == ZERO_WIDTH_JOINER
        or "\U0001f3fb" <= character <= "\U0001f3ff"
        or "\U000e0020" <= character <= "\U000e007f"
    )


def _is_flag_letter(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"


def _flag_letters_before(text: str, at: int) -> int:
    start = at
    while start > 0 and _is_flag_letter(text[start - 1]):
        start -= 1
    return at - start
