"""Clean and shorten text that people or programs typed, never inside an emoji, a flag or an accented letter."""

import re
import unicodedata

ELLIPSIS = "…"
_ZERO_WIDTH_JOINER = "\u200d"
_FLAG_LETTERS = "".join(map(chr, range(0x1F1E6, 0x1F200)))
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
#: Zero-width and bidirectional controls, soft hyphens and fillers: nobody sees them, and they make two names look the same.
#: The joiners U+200C and U+200D are not among them, because Persian and emoji need them.
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164\ufeff\uffa0\ufff9-\ufffb]"
)
#: What hides text inside a visible one: tag characters that continue no flag, and runs of selectors or joiners.
_HIDDEN_RUN = re.compile(
    "(?<![\U0001f3f4\U000e0020-\U000e007e])[\U000e0000-\U000e007f]+"
    "|(?<=[\ufe00-\ufe0f\U000e0100-\U000e01ef])[\ufe00-\ufe0f\U000e0100-\U000e01ef]+"
    "|(?<=[\u200c\u200d])[\u200c\u200d]+"
)
#: Categories of characters that show nothing by themselves: white space, controls, format characters, lone accents.
_SHOWS_NOTHING = frozenset({"Zs", "Zl", "Zp", "Cc", "Cf", "Cs", "Cn", "Mn", "Me"})
#: Digits that look like a telephone number, and all characters by which mail programs find links.
_LINKING = re.compile(r"[^\w\s'’-]|_|\d{5,}")
LONGEST_NAME_IN_MAIL = 40
_CONTROL_BUT_BREAKS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def one_line(text: str) -> str:
    """Return the text on one line, without control characters, lone surrogates and invisible characters."""
    # str.split() alone leaves NUL and such in place; both together leave no way to begin another header.
    return " ".join(_CONTROL.sub(" ", visible(text)).split())


def visible(text: str) -> str:
    """Return the text without lone surrogates and without characters that nobody sees."""
    return _HIDDEN_RUN.sub("", _INVISIBLE.sub("", _storable(text)))


def is_blank(text: str) -> bool:
    """Return whether a reader sees nothing."""
    return all(unicodedata.category(character) in _SHOWS_NOTHING for character in visible(text))


def name_in_mail(name: str) -> str:
    """Return a stranger's name for our mail: short, and without anything that a mail program makes a link of."""
    return cut(one_line(_LINKING.sub(" ", one_line(name))), LONGEST_NAME_IN_MAIL)


def prose(text: str) -> str:
    """Return the text with its line breaks, without other control characters, lone surrogates and invisible characters."""
    return _CONTROL_BUT_BREAKS.sub("", "\n".join(visible(text).splitlines())).strip()


def cut(text: str, limit: int) -> str:
    """Shorten the text to at most `limit` characters; a shortened text ends in `…`."""
    return text if len(text) <= limit else text[: boundary(text, limit - 1)].rstrip() + ELLIPSIS


def boundary(text: str, at: int) -> int:
    """Return the nearest index at or left of `at` that does not split a character as a reader sees it."""
    while 0 < at < len(text) and _joined(text, at):
        at -= 1
    return at


def _storable(text: str) -> str:
    """Replace lone surrogates, which UTF-8 cannot encode."""
    return text.encode(errors="replace").decode()


def _joined(text: str, at: int) -> bool:
    """Return whether the character at `at` joins the ones before it (the common cases of UAX #29)."""
    before, after = text[at - 1], text[at]
    if after in _FLAG_LETTERS:
        return (at - len(text[:at].rstrip(_FLAG_LETTERS))) % 2 == 1
    return before == _ZERO_WIDTH_JOINER or _alters(after)


def _alters(character: str) -> bool:
    """Return whether the character is an accent, variation selector, joiner, skin tone or regional flag tag."""
    return (
        unicodedata.category(character).startswith("M")
        or character == _ZERO_WIDTH_JOINER
        or "\U0001f3fb" <= character <= "\U0001f3ff"
        or "\U000e0020" <= character <= "\U000e007f"
    )
