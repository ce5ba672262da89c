"""Normalises text for one line, or for the body, of a mail. The templates escape it."""

import re

from owlpost.domain import text


def one_line(value: object, limit: int) -> str:
    """Return the text on one line, at most `limit` characters; "" if `value` is not a string."""
    return text.cut(text.one_line(value), limit) if isinstance(value, str) else ""


def prose(value: object, limit: int) -> str:
    """Return the text with its line breaks and at most one empty line in a row; "" if `value` is not a string."""
    if not isinstance(value, str):
        return ""
    lines = "\n".join(line.rstrip() for line in text.prose(value).split("\n"))
    return text.cut(re.sub(r"\n{3,}", "\n\n", lines), limit)
