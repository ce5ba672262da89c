"""The words of the pages: a file for each language, of which a page is given the one that its reader has chosen.

A browser says by a cookie what its person has chosen: these pages have no database to ask.
"""

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeAlias

#: By key: a text, or one for each plural form by the name that CLDR gives it.
Texts: TypeAlias = Mapping[str, Any]

FOLDER = Path(__file__).parent / "words"
DEFAULT = "en"
COOKIE = "owlpost-locale"
#: Of a header that lists more, the first count.
MOST_ASKED = 10
_TAG = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")


@cache
def languages() -> tuple[str, ...]:
    """Return the languages that have a file, English first."""
    found = sorted(path.stem for path in FOLDER.glob("*.json"))
    return (DEFAULT, *(each for each in found if each != DEFAULT))


@cache
def texts(language: str) -> Texts:
    """Return the texts of a language. What its file leaves out is said as its base language says it, or English."""
    own: dict[str, Any] = json.loads((FOLDER / f"{language}.json").read_text(encoding="utf-8"))
    base = language.partition("-")[0]
    below = texts(base) if base != language and base in languages() else {}
    return MappingProxyType({**(texts(DEFAULT) if language != DEFAULT else {}), **below, **own})


def chosen(cookie: str | None, header: str | None) -> str:
    """Return the language for a browser: the one of its person, else the first that it asks for and that has a file."""
    for locale in (*([cookie] if cookie else []), *_asked(header or "")):
        if language := _known(locale):
            return language
    return DEFAULT


def _known(locale: str) -> str | None:
    """Return `de-AT` itself for it, else `de`; None if neither has a file."""
    named = {each.lower(): each for each in languages()}
    lower = locale.lower()
    return named.get(lower) or named.get(lower.partition("-")[0])


def _asked(header: str) -> Iterator[str]:
    """Yield the locales of an Accept-Language header (RFC 9110, 12.5.4), the most wanted first."""
    weighed: list[tuple[float, str]] = []
    for each in header.split(",")[:MOST_ASKED]:
        tag, _, parameter = (part.strip() for part in each.partition(";"))
        weight = _weight(parameter)
        if _TAG.fullmatch(tag) and weight > 0:
            weighed.append((weight, tag))
    yield from (tag for _, tag in sorted(weighed, key=lambda pair: -pair[0]))


def _weight(parameter: str) -> float:
    if not parameter:
        return 1.0
    try:
        return float(parameter.removeprefix("q="))
    except ValueError:
        return 0.0
