"""The words of a request: title and body, and the same in other languages."""

import unicodedata
from typing import Annotated, TypeAlias

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from owlpost.domain import locales
from owlpost.domain.text import is_blank, one_line, prose


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


def _normal_title(title: str) -> str:
    """Return the title on one line, as people see it."""
    if any(unicodedata.category(character) == "Cc" for character in title):
        raise ValueError("must not contain control characters")
    if is_blank(title):
        raise ValueError("must not be blank")
    return one_line(title)


def _normal_body(body: str) -> str | None:
    """Return the body as people see it; None if they would see nothing."""
    return None if is_blank(body) else prose(body)


Title: TypeAlias = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_normal_title)]
Body: TypeAlias = Annotated[str, Field(max_length=10_000), AfterValidator(_normal_body)]


class Translation(Strict):
    """The words of a request in another language, which stand for its title and its body together."""

    title: Title
    body: Body | None = None


def _locale(tag: str) -> str:
    if (found := locales.normal(tag)) is None:
        raise ValueError("must be a language tag such as de or de-AT")
    return found


Locale: TypeAlias = Annotated[str, AfterValidator(_locale), Field(json_schema_extra={"pattern": locales.PATTERN})]
MOST_TRANSLATIONS = 50
