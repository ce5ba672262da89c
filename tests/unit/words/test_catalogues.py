"""Each language says all that English says, and writes numbers, times and plurals as CLDR has it."""

import json
import re
import shutil
import string
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from babel import Locale
from babel.dates import format_date, format_time
from babel.numbers import format_decimal

from owlpost import words
from owlpost.domain.channels import NOTIFICATION_CHANNELS
from owlpost.domain.optional_channels import OPTIONAL_CHANNELS
from owlpost.domain.types import configurable_types
from tests.support.documented import of_the_pages

OTHERS = [each for each in words.languages() if each != words.DEFAULT]
#: What files may leave out: a type or channel without words is called by its label in the registry.
OF_REGISTRIES = ("type.", "channel.", "reason.")
#: Brands, which are the same in each language.
NAMES = {"slack", "teams", "discord", "telegram"}
LAYER = Path(words.FOLDER).parent


def texts(language: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((words.FOLDER / f"{language}.json").read_text(encoding="utf-8"))
    return {key: text for key, text in found.items() if key != words.RULES}


def own(language: str) -> dict[str, Any]:
    return {key: text for key, text in texts(language).items() if not key.startswith(OF_REGISTRIES)}


def forms(text: Any) -> Iterator[str]:
    yield from text.values() if isinstance(text, dict) else [text]


def placeholders(text: Any) -> set[frozenset[str]]:
    return {frozenset(name for _, name, _, _ in string.Formatter().parse(form) if name) for form in forms(text)}


@pytest.mark.parametrize("language", OTHERS)
def test_a_language_says_all_that_english_says_with_the_same_placeholders(language: str) -> None:
    theirs, english = own(language), own(words.DEFAULT)
    assert theirs.keys() == english.keys()
    assert {key: placeholders(text) for key, text in theirs.items()} == {
        key: placeholders(text) for key, text in english.items()
    }


@pytest.mark.parametrize("language", OTHERS)
def test_a_language_has_a_name_for_each_type_and_channel_of_the_registries(language: str) -> None:
    ours = {kind.key for kind in configurable_types()} - of_the_pages()
    types = {f"type.{key}{part}" for key in ours for part in ("", ".said")}
    channels = {f"channel.{key}" for key in {*NOTIFICATION_CHANNELS, *OPTIONAL_CHANNELS} - NAMES - of_the_pages()}
    assert not (types | channels) - texts(language).keys()


def test_the_pages_about_extending_have_an_entry_each() -> None:
    assert of_the_pages() == {"app.released", "relay"}


@pytest.mark.parametrize("language", words.languages())
def test_each_text_with_a_count_has_every_plural_form_and_no_text_has_straight_quotes(language: str) -> None:
    rules = json.loads((words.FOLDER / f"{language}.json").read_text(encoding="utf-8"))[words.RULES]
    for key, text in texts(language).items():
        assert not isinstance(text, dict) or list(text) == rules["forms"], key
        assert not any("'" in form or '"' in form for form in forms(text)), key


@pytest.mark.parametrize("language", words.languages())
@pytest.mark.parametrize("number", [0, 1, 2, 3, 5, 11, 21, 100, 999, 1_000, 1_001, 21_000, 1_234_567])
def test_numbers_and_plurals_are_those_of_cldr(language: str, number: int) -> None:
    spoken = words.of(language)
    assert spoken.number(number) == format_decimal(number, locale=language)
    assert spoken.decimal(4.256, 2) == format_decimal(4.256, "0.00", locale=language)
    assert spoken.counted("digest.title", number, project="x") == spoken.texts["digest.title"][
        Locale.parse(language).plural_form(number)
    ].format(n=spoken.number(number), project="x")


@pytest.mark.parametrize("language", OTHERS)
def test_times_are_those_of_cldr(language: str) -> None:
    at = datetime(2026, 3, 4, 5, 6, tzinfo=UTC)
    assert format_date(at, "medium", locale=language) in words.of(language).moment(at)
    assert format_time(at, "short", locale=language) in words.of(language).moment(at)


def test_every_key_that_code_and_templates_ask_for_is_in_the_catalogue_and_no_other() -> None:
    sources = [*LAYER.rglob("*.py"), *LAYER.rglob("*.j2"), *(Path("functions/api").rglob("*.py"))]
    read = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    quoted = set(re.findall(r"""["']([a-z_]+(?:\.[a-z_]+)+|and_more|notification|quoted)["']""", read))
    made = {
        key
        for key in own("en")
        if re.match(r"role\.|status\.|telegram\.|mail\.job\.|job\.(title|failed|cancelled)", key)
    }
    made |= {key for key in own("en") if re.fullmatch(r"mail\.\w+\.(subject|label)", key)}
    unused = own("en").keys() - quoted - made
    assert unused == set()


@pytest.mark.parametrize(
    ("locale", "language"),
    [(None, "en"), ("de", "de"), ("de-AT", "de"), ("fr", "en"), ("en-GB", "en"), ("../de", "en"), ("", "en")],
)
def test_a_region_falls_back_to_its_language_and_a_language_without_a_file_to_english(
    locale: str | None, language: str
) -> None:
    assert words.of(locale).language == language


def test_a_third_language_is_a_file_and_what_it_leaves_out_is_english(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(words.FOLDER, tmp_path / "words", ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    french = {
        "_language": {
            "name": "Français",
            "forms": ["one", "other"],
            "plural": "n > 1",
            "group": "\u202f",
            "decimal": ",",
            "moment": "{day}/{month}/{year} {hour}:{minute} UTC",
        },
        "mail.open": "Ouvrir dans {brand}",
    }
    (tmp_path / "words" / "fr.json").write_text(json.dumps(french), encoding="utf-8")
    (tmp_path / "words" / "fr-CA.json").write_text(json.dumps({"chat.open": "Ouvrir"}), encoding="utf-8")
    monkeypatch.setattr(words, "FOLDER", tmp_path / "words")
    forget()
    try:
        spoken = words.of("fr-BE")
        assert (spoken.language, spoken("mail.open"), spoken("mail.settings")) == (
            "fr",
            "Ouvrir dans Owlmetry",
            "Notification settings",
        )
        assert spoken.counted("digest.title", 1_000, project="x") == "1,000 issues in x"
        assert spoken.number(1_000) == "1\u202f000"
        quebec = words.of("fr-CA")
        assert (quebec("chat.open"), quebec("mail.open")) == ("Ouvrir", "Ouvrir dans Owlmetry")
    finally:
        monkeypatch.undo()
        forget()


def forget() -> None:
    words.languages.cache_clear()
    words._of.cache_clear()
