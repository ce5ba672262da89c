"""The wording of mails, pushes and chats: a file for each language, read when it is first asked for.

A file is a JSON object from keys to texts, see `docs/add-a-language.md`. Nothing but the standard library reads it, as a worker
that starts cold would wait; a test holds its numbers, dates and plurals against CLDR.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass  # noqa: TID251 (words are below the domain, where ours is)
from datetime import UTC, datetime
from functools import cache, cached_property
from gettext import c2py
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
#: What a person reads who has chosen no language, or one without a file.
DEFAULT = "en"
#: The member of a file that says how its language writes numbers, times and plurals.
RULES = "_language"
BRAND = "Owlmetry"


@dataclass(frozen=True)
class Words:
    """The wording of one language. A text that its file does not have is English."""

    language: str
    texts: Mapping[str, Any]
    brand: str = BRAND

    def __call__(self, key: str, /, **values: object) -> str:
        """Return the text of this key with its placeholders filled. Raises KeyError for a key that no file has."""
        return str(self.template(key)).format(brand=self.brand, **values)

    def template(self, key: str) -> Any:
        """Return what the file holds: a text, or an object of one text for each plural form."""
        found = self.texts.get(key)
        return english().texts[key] if found is None else found

    def known(self, key: str, otherwise: str) -> str:
        """Return the text of a key that files may leave out, as that of a type that a host has added."""
        found = self.texts.get(key)
        return otherwise if found is None else str(found)

    def counted(self, key: str, number: int, /, **values: object) -> str:
        """Return the text in the plural form of the number, which is `{n}` in it."""
        forms = self.texts.get(key)
        if forms is None:
            return self(key, **values) if self.is_english else english().counted(key, number, **values)
        rules = self._rules
        form = rules["forms"][c2py(rules["plural"])(number)]
        return str(forms[form]).format(n=self.number(number), brand=self.brand, **values)

    def number(self, number: int) -> str:
        """Return a whole number with its thousands grouped."""
        return f"{number:,}".replace(",", self._rules["group"])

    def decimal(self, number: float, places: int) -> str:
        """Return a number below a thousand with so many decimal places."""
        return f"{number:.{places}f}".replace(".", self._rules["decimal"])

    def moment(self, at: datetime) -> str:
        """Return a time to the minute, in UTC."""
        parts = at.astimezone(UTC).strftime("%Y %m %d %H %M").split()
        return str(self._rules["moment"]).format_map(
            dict(zip(("year", "month", "day", "hour", "minute"), parts, strict=True))
        )

    @property
    def is_english(self) -> bool:
        return self.language == DEFAULT

    @cached_property
    def _rules(self) -> Mapping[str, Any]:
        rules: Mapping[str, Any] = self.texts.get(RULES) or english().texts[RULES]
        return rules


@cache
def languages() -> tuple[str, ...]:
    """Return the languages that have a file, English first."""
    found = sorted(path.stem for path in FOLDER.glob("*.json"))
    return (DEFAULT, *(each for each in found if each != DEFAULT))


def best(locale: str | None) -> str:
    """Return the language with a file for a locale: `de-AT` itself, else `de`, else English."""
    if locale:
        for each in (locale, locale.partition("-")[0]):
            if each in languages():
                return each
    return DEFAULT


def of(locale: str | None, brand: str = BRAND) -> Words:
    """Return the wording for a person's locale, English for None."""
    return _of(best(locale), brand)


def english() -> Words:
    return _of(DEFAULT, BRAND)


@cache
def _of(language: str, brand: str) -> Words:
    texts = json.loads((FOLDER / f"{language}.json").read_text(encoding="utf-8"))
    base = language.partition("-")[0]
    if base != language and base in languages():
        texts = {**_of(base, brand).texts, **texts}
    return Words(language, texts, brand)
