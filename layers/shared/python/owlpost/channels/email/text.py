"""What people and producers typed, made fit for one line or for prose of a mail. Escaping is left to the templates."""

import re

from owlpost.domain import text


def one_line(value: object, limit: int) -> str:
    """Text on one line, at most `limit` characters; empty for what is no text."""
    return text.cut(text.one_line(value), limit) if isinstance(value, str) else ""


def prose(value: object, limit: int) -> str:
    """Text with its line breaks, at most one empty line in a row; empty for what is no text."""
    if not isinstance(value, str):
        return ""
    lines = "\n".join(line.rstrip() for line in text.prose(value).split("\n"))
    return text.cut(re.sub(r"\n{3,}", "\n\n", lines), limit)
