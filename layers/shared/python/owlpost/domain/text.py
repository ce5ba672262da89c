"""Text that people or programs typed, cleaned and cut where a reader would cut it: never inside an emoji, flag or accent."""

import re
import unicodedata

ELLIPSIS = "…"
_ZERO_WIDTH_JOINER = "\u200d"
_FLAG_LETTERS = "".join(map(chr, range(0x1F1E6, 0x1F200)))
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_CONTROL_BUT_BREAKS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def one_line(text: str) -> str:
    """The text on one line, without control characters or what UTF-8 cannot hold."""
    # str.split() alone leaves NUL and such in place; both together leave no way to begin another header.
    return " ".join(_CONTROL.sub(" ", _storable(text)).split())


def prose(text: str) -> str:
    """The text with its line breaks, without other control characters or what UTF-8 cannot hold."""
    return _CONTROL_BUT_BREAKS.sub("", "\n".join(_storable(text).splitlines())).strip()


def cut(text: str, limit: int) -> str:
    """At most `limit` characters, the last of them … where the text was longer."""
    return text if len(text) <= limit else text[: boundary(text, limit - 1)].rstrip() + ELLIPSIS


def boundary(text: str, at: int) -> int:
    """The nearest place to the left of `at`, or there, that parts no character as a reader sees it."""
    while 0 < at < len(text) and _joined(text, at):
        at -= 1
    return at


def _storable(text: str) -> str:
    """Lone surrogates have no place in UTF-8."""
    return text.encode(errors="replace").decode()


def _joined(text: str, at: int) -> bool:
    """Whether the character at `at` makes one with those before it (UAX #29, its common cases)."""
    before, after = text[at - 1], text[at]
    if after in _FLAG_LETTERS:
        return (at - len(text[:at].rstrip(_FLAG_LETTERS))) % 2 == 1
    return before == _ZERO_WIDTH_JOINER or _alters(after)


def _alters(character: str) -> bool:
    """Accents, variation selectors, joiners, skin tones and the tags of regional flags."""
    return (
        unicodedata.category(character).startswith("M")
        or character == _ZERO_WIDTH_JOINER
        or "\U0001f3fb" <= character <= "\U0001f3ff"
        or "\U000e0020" <= character <= "\U000e007f"
    )
