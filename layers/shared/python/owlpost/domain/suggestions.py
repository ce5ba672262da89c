"""Suggest the names that somebody may have meant."""

from collections.abc import Iterable
from difflib import get_close_matches

MOST_SUGGESTED = 3


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return `; did you mean a or b?`, empty if no known name is like this one."""
    close = get_close_matches(name.lower(), known, n=MOST_SUGGESTED, cutoff=0.6)
    return f"; did you mean {' or '.join(close)}?" if close else ""
