"""Cutting text for a phone: to a number of bytes, at a place where a reader would cut it."""

import json

from owlpost.domain.text import ELLIPSIS, boundary


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
    kept = text[: boundary(text, low)].rstrip()
    return kept + ELLIPSIS if budget >= len(ELLIPSIS.encode()) else ""


def _size(text: str) -> int:
    return len(encoded(text)) - 2
