"""The words of notifications: cleaned, shortened and counted. All text of people or programs passes through here."""

from collections.abc import Callable

from owlpost import words
from owlpost.domain.request_words import Translation
from owlpost.domain.text import cut, one_line, prose
from owlpost.domain.value import dataclass
from owlpost.words import Words

__all__ = ["LONGEST_TITLE", "Told", "cut", "duration", "name", "one_line", "prose", "title", "told"]

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


@dataclass(frozen=True, slots=True)
class Told:
    """What a request says: in English, and in each other language that has a file."""

    title: str
    body: str | None
    translations: dict[str, Translation]


def told(say: Callable[[Words], tuple[str, str | None]]) -> Told:
    """Let a producer say it, a title and a body, in the words of each language."""
    english, *others = (words.of(language) for language in words.languages())
    title, body = say(english)
    said = {each.language: say(each) for each in others}
    return Told(
        title, body, {language: Translation(title=title, body=body) for language, (title, body) in said.items()}
    )


def duration(milliseconds: int, words: Words) -> str:
    """Return `123ms`, `1.2s`, `2m 5s` or `1h 4m`, rounded down so that no unit overflows."""
    seconds, minutes = milliseconds // 1_000, milliseconds // 60_000
    if not seconds:
        return words("duration.milliseconds", n=milliseconds)
    if not minutes:
        return words("duration.seconds", n=words.decimal(milliseconds // 100 / 10, 1))
    if minutes < 60:
        return words("duration.minutes", minutes=minutes, seconds=seconds % 60)
    return words("duration.hours", hours=minutes // 60, minutes=minutes % 60)
