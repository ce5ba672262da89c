"""Values that have hurt somebody before: for members of JSON, keys, parts of a path, parameters, headers and cookies."""

import random
import string
from collections.abc import Iterator

_CHANCE = random.Random(12)  # noqa: S311 (inputs, no secrets; the same in every run)


def _dense(alphabet: str, length: int) -> str:
    """Return text that nothing can compress: an index of Postgres holds 20,000 times the same letter."""
    return "".join(_CHANCE.choices(alphabet, k=length))


LETTERS = string.ascii_letters + string.digits
#: As long as an index entry, Lambda's environment or a whole body bears, and a little longer.
DENSE = tuple(_dense(alphabet, length) for alphabet in (LETTERS, "0123456789abcdef") for length in (300, 3_000, 12_000))
LONG = (
    *("a" * 1_500, "a" * 20_000, "a" * 70_000, "é" * 300, "😀" * 5_000, "🇩🇪" * 4_000, "a\u0301" * 9_000),
    *("\u200d" * 9_000, " " * 9_000, "<" * 9_000, "(" * 9_000),
)
#: What no text of Postgres, no UTF-8 and no line of a header or a mail holds.
NULS = ("\0", "a\0b")
SURROGATES = ("\ud800", "a\udfffb")
BREAKS = ("\r\nX: y", "a\nb", "\x7f", "\x85", "\u2028")
UNSEEN = ("", " ", "\u00a0", "\u200b", "\u202e", "\ufeff", "\u3164", "\U000e0041" * 40)
FOREIGN = ("é", "ÿ", "ß", "ſ", "K", "İ", "٣", "Ⅷ", "日本", "\U0001d7d9", "xn--", "ada@bücher.example", "ada@xn--")
#: Whole numbers where one is expected: beyond what a page, a column or Python's own parser holds.
WHOLE = (
    *("0", "-1", "-2", "-1000000", str(2**31), str(2**63 - 1), str(2**63), str(-(2**63) - 1), str(2**64)),
    *("9" * 400, "9" * 5_000),
)
NUMERIC = (
    *("-0", "+1", " 1", "1.0", "0x10", "1_000", "1e3", "1e400", "-1e400", "NaN", "Infinity", "-Infinity"),
    *("1e999999999", *WHOLE),
)
DATED = (
    "2026-13-45T99:99:99Z",
    "0000-00-00",
    "9999-12-31T23:59:59+14:00",
    "0001-01-01T00:00:00Z",
    "1",
    "T",
    "infinity",
)
IDS = (
    *(
        "00000000-0000-0000-0000-000000000000",
        "{0190a1b2-0000-7000-8000-000000000001}",
        "0190A1B200007000800000000000000F",
    ),
    *("urn:uuid:0190a1b2-0000-7000-8000-000000000001", "0190a1b2-0000-7000-8000-00000000000é", "-" * 36),
)
MARKUP = (
    *(
        "'; drop table users; --",
        "{{7*7}}",
        "${x}",
        "%s",
        "%(x)s",
        "{x}",
        "{0.__class__}",
        "<script>",
        "a:b",
        ":x",
        "\\",
    ),
    *("..", "../..", "//evil.example", "/.//evil.example", "http://[", "%", "%00", "%zz", "%ff", "%ed%a0%80", "%2f"),
    *("a=b", "a&b", "=", "==", "a,b", ",", ";", '"', "W/", 'W/"', "*", "null", "true", "[]", "{}", "()", "a b c"),
)
KINDS = (NULS, SURROGATES, BREAKS, UNSEEN, FOREIGN, NUMERIC, DATED, IDS, MARKUP, LONG, DENSE)
TEXTS = tuple(each for kind in KINDS for each in kind)
NUMBERS = (0, -1, 1, 2**31, 2**63, 2**64, 10**300, 10**400, 0.1, -0.0, 1e308, float("inf"), float("nan"))
#: Names of members that mean something somewhere, or nothing anywhere.
KEYS = (
    *("happened", "drain_outbox", "continue_request", "cancel", "command", "Records", "member_role_changed", "type"),
    *("a.b", "__proto__", "__class__", "constructor", "0", "-1", "$ref", "*"),
)
#: Bytes that are no text, or text in another encoding. Each is put into a body, a header or a cookie as it is.
BYTES = (b"\xff\xfe", b"\xe9", b"\xc0\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xef\xbb\xbf", b"\x80")


def text(chance: random.Random) -> str:
    """Return a text of a kind that is as likely as any other kind, however many of it there are."""
    return chance.choice(chance.choice(KINDS))


def texts(chance: random.Random) -> Iterator[str]:
    """Yield texts for ever, one of each kind before another of the same."""
    while True:
        for kind in chance.sample(KINDS, len(KINDS)):
            yield chance.choice(kind)
