"""How what happened is put into words: cleaned, cut, counted. Everything people or programs typed passes through here."""

import re
import unicodedata

#: What an enqueue request takes for a title.
LONGEST_TITLE = 200
NAMELESS = "Untitled"

_ZERO_WIDTH_JOINER = "\u200d"
_FLAG_LETTERS = "".join(map(chr, range(0x1F1E6, 0x1F200)))
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_CONTROL_BUT_BREAKS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def one_line(text: str) -> str:
    """The text on one line, without control characters or what UTF-8 cannot hold."""
    return " ".join(_CONTROL.sub(" ", _storable(text)).split())


def prose(text: str) -> str:
    """The text with its line breaks, without other control characters or what UTF-8 cannot hold."""
    return _CONTROL_BUT_BREAKS.sub("", "\n".join(_storable(text).splitlines())).strip()


def name(text: str) -> str:
    """A name fit for a title: one line, never empty, never longer than a title may be."""
    return cut(one_line(text), LONGEST_TITLE) or NAMELESS


def title(template: str, named: str) -> str:
    """The template with the name in place of its `{}`; a long name gives way, not the words around it."""
    room = LONGEST_TITLE - len(template.format(""))
    return template.format(cut(named, room))


def cut(text: str, limit: int) -> str:
    """At most `limit` characters, the last of them … where the text was longer; no emoji, flag or accent is parted."""
    if len(text) <= limit:
        return text
    at = limit - 1
    while at > 0 and _joined(text, at):
        at -= 1
    return text[:at].rstrip() + "…"


def counted(number: int, noun: str) -> str:
    """`1 new review`, `5,000 new reviews`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def duration(milliseconds: int) -> str:
    """`123ms`, `1.2s`, `2m 5s`, `1h 4m`: always rounded down, so that no unit is ever full."""
    seconds, minutes = milliseconds // 1_000, milliseconds // 60_000
    if not seconds:
        return f"{milliseconds}ms"
    if not minutes:
        return f"{seconds}.{milliseconds % 1_000 // 100}s"
    if minutes < 60:
        return f"{minutes}m {seconds % 60}s"
    return f"{minutes // 60}h {minutes % 60}m"


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
