"""What people and producers typed, made fit for one line or for prose. Escaping is left to the templates."""

import re
import unicodedata

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_ZERO_WIDTH_JOINER = "\u200d"
_SKIN_TONES = range(0x1F3FB, 0x1F400)


def one_line(value: object, limit: int) -> str:
    """Text on one line, at most `limit` characters; empty for what is no text."""
    if not isinstance(value, str):
        return ""
    # str.split() alone leaves NUL and such in place; both together leave no way to begin another header.
    return shorten(" ".join(_CONTROL.sub(" ", _storable(value)).split()), limit)


def prose(value: object, limit: int) -> str:
    """Text with its line breaks, at most one empty line in a row; empty for what is no text."""
    if not isinstance(value, str):
        return ""
    lines = "\n".join(line.rstrip() for line in _storable(value).splitlines())
    return shorten(re.sub(r"\n{3,}", "\n\n", _CONTROL.sub("", lines)).strip(), limit)


def shorten(text: str, limit: int) -> str:
    """The text cut to `limit` characters, the last of them an ellipsis, never inside an emoji or an accented letter."""
    if len(text) <= limit:
        return text
    cut = limit - 1
    while cut > 0 and (_continues(text[cut]) or text[cut - 1] == _ZERO_WIDTH_JOINER):
        cut -= 1
    return text[:cut].rstrip() + "…"


def _continues(character: str) -> bool:
    """Whether the character only alters the one before it."""
    joined = character == _ZERO_WIDTH_JOINER or ord(character) in _SKIN_TONES
    return joined or unicodedata.category(character).startswith("M")


def _storable(text: str) -> str:
    """Lone surrogates have no place in UTF-8."""
    return text.encode(errors="replace").decode()
