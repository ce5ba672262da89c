"""The words of notifications: cleaned, shortened and counted. All text of people or programs passes through here."""

from owlpost.domain.text import cut, one_line, prose

__all__ = ["LONGEST_TITLE", "counted", "cut", "duration", "name", "one_line", "prose", "title"]

#: The longest title that an enqueue request accepts.
LONGEST_TITLE = 200
NAMELESS = "Untitled"


def name(text: str) -> str:
    """Return a name that fits a title: one line, never empty, at most as long as a title."""
    return cut(one_line(text), LONGEST_TITLE) or NAMELESS


def title(template: str, named: str) -> str:
    """Fill the template's `{}`; only the name is shortened, never the words around it."""
    room = LONGEST_TITLE - len(template.format(""))
    return template.format(cut(named, room))


def counted(number: int, noun: str) -> str:
    """Return the number with its noun: `1 new review`, `5,000 new reviews`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def duration(milliseconds: int) -> str:
    """Return `123ms`, `1.2s`, `2m 5s` or `1h 4m`, rounded down so that no unit overflows."""
    seconds, minutes = milliseconds // 1_000, milliseconds // 60_000
    if not seconds:
        return f"{milliseconds}ms"
    if not minutes:
        return f"{seconds}.{milliseconds % 1_000 // 100}s"
    if minutes < 60:
        return f"{minutes}m {seconds % 60}s"
    return f"{minutes // 60}h {minutes % 60}m"
