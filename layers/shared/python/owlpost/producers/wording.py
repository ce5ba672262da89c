"""How what happened is put into words: cleaned, cut, counted. Everything people or programs typed passes through here."""

from owlpost.domain.text import cut, one_line, prose

__all__ = ["LONGEST_TITLE", "counted", "cut", "duration", "name", "one_line", "prose", "title"]

#: What an enqueue request takes for a title.
LONGEST_TITLE = 200
NAMELESS = "Untitled"


def name(text: str) -> str:
    """A name fit for a title: one line, never empty, never longer than a title may be."""
    return cut(one_line(text), LONGEST_TITLE) or NAMELESS


def title(template: str, named: str) -> str:
    """The template with the name in place of its `{}`; a long name gives way, not the words around it."""
    room = LONGEST_TITLE - len(template.format(""))
    return template.format(cut(named, room))


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
