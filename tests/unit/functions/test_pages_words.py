"""What the pages say stands in one file for each language, and nowhere else."""

import json
import re
import shutil
import string
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from babel import Locale

from functions.dashboard import languages
from functions.dashboard.assets import assets, sources
from functions.dashboard.bundles import bundled
from functions.dashboard.pages import INVITATION, INVITATION_PATH, LOGIN, LOGIN_PATH, NOT_HERE, PAGES

MODULES = {name: text for name, text in sources().items() if name.endswith(".js")}
OTHERS = [each for each in languages.languages() if each != languages.DEFAULT]
EVERY_PAGE = {**PAGES, LOGIN_PATH: LOGIN, INVITATION_PATH: INVITATION, "": NOT_HERE}
TEMPLATES = languages.FOLDER.parent / "templates"
#: Names, which are the same in each language: keys of a keyboard, browsers, systems, and what is sent to a server.
NAMES = {
    *(
        "Tab",
        "Home",
        "End",
        "Enter",
        "Escape",
        "ArrowUp",
        "ArrowDown",
        "ArrowLeft",
        "ArrowRight",
        "PushManager",
        "Notification",
    ),
    *("Edg/", "Edge", "OPR/", "Opera", "Firefox/", "Firefox", "Chrome/", "Chrome", "Safari/", "Safari"),
    *("iPhone", "iPad", "Android", "Windows", "Mac OS", "Mac", "Linux", "NEWS"),
    *("GET", "POST", "PATCH", "DELETE", "Bearer"),
}
STRING = re.compile(r'"((?:[^"\\\n]|\\.)*)"|`((?:[^`\\]|\\.)*)`')
COMMENT = re.compile(r"/\*.*?\*/|(?<![:\"'`])//[^\n]*", re.DOTALL)
#: A word that begins with a capital letter, or two words.
READABLE = re.compile(r"(?:^|[^\w$.#/-])[A-Z][a-z]{2,}|[a-z]{2,} [a-z]{2,}|“")


def raw(language: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((languages.FOLDER / f"{language}.json").read_text(encoding="utf-8"))
    return found


def forms(text: Any) -> list[str]:
    return list(text.values()) if isinstance(text, dict) else [text]


def placeholders(text: Any) -> set[frozenset[str]]:
    return {frozenset(name for _, name, _, _ in string.Formatter().parse(form) if name) for form in forms(text)}


@pytest.mark.parametrize("language", OTHERS)
def test_a_language_says_all_that_english_says_with_the_same_placeholders(language: str) -> None:
    theirs, english = raw(language), raw(languages.DEFAULT)
    assert theirs.keys() == english.keys()
    assert {key: placeholders(text) for key, text in theirs.items()} == {
        key: placeholders(text) for key, text in english.items()
    }


@pytest.mark.parametrize("language", languages.languages())
def test_a_text_with_a_count_has_the_plural_forms_of_cldr_and_none_has_straight_quotes(language: str) -> None:
    wanted = {*Locale.parse(language).plural_form.tags, "other"}
    for key, text in raw(language).items():
        assert not isinstance(text, dict) or set(text) == wanted, key
        assert not any("'" in form or '"' in form for form in forms(text)), key


def literals(text: str) -> Iterator[str]:
    """Yield the string literals of a module that no comment holds, a template's without what is put into it."""
    code = re.sub(r"^import .*$", "", COMMENT.sub("", text), flags=re.MULTILINE)
    for plain, template in STRING.findall(code):
        yield re.sub(r"\$\{[^}]*\}", "", plain or template)


def own_words(text: str) -> list[str]:
    return [each for each in literals(text) if each not in NAMES and READABLE.search(each) and not _is_code(each)]


@pytest.mark.parametrize("name", MODULES)
def test_no_module_has_words_of_its_own(name: str) -> None:
    assert own_words(MODULES[name]) == []


def _is_code(literal: str) -> bool:
    """Class names, selectors, parts of a header or a cookie: small words, or words with marks between."""
    return bool(re.fullmatch(r"[a-z0-9 _-]+", literal)) or bool(re.search(r"[=\[\];:]|/\w+/", literal))


def test_a_module_with_words_of_its_own_is_found() -> None:
    for planted in ('build("p", {}, "Hello there")', "say(`Hello ${name}`)", 'title: "Undo"', "`“${name}”`"):
        assert own_words(planted)


class Words(HTMLParser):
    """Collects the texts of a template, and the attributes that are read out."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_data(self, data: str) -> None:
        self.found.append(data.strip())

    def handle_starttag(self, _tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value or "" for name, value in attrs if name in {"alt", "title", "placeholder", "aria-label"}]


@pytest.mark.parametrize("template", sorted(TEMPLATES.glob("*.html")), ids=lambda path: path.name)
def test_no_template_has_words_of_its_own(template: Path) -> None:
    page = Words()
    page.feed(template.read_text(encoding="utf-8"))
    said = {re.sub(r"\$\w+|·", "", each).strip() for each in page.found}
    assert {each for each in said if re.search(r"[A-Za-z]{2}", each)} == set()


def test_every_key_that_is_asked_for_is_there_and_every_key_is_asked_for() -> None:
    english = raw(languages.DEFAULT).keys()
    code = "\n".join([*MODULES.values(), *(path.read_text(encoding="utf-8") for path in TEMPLATES.parent.glob("*.py"))])
    asked = set(re.findall(r"(?:say|counted|pieces|known)\(\"([\w.]+)\"", code))
    assert asked <= english
    begun = tuple(re.findall(r"`([a-z_]+\.(?:[a-z_]+\.)*[a-z_]*)\$\{", code))
    quoted = set(re.findall(r"[\"']([a-z_]+(?:\.\w+)*)[\"']", code))
    pages = {f"{page.name}.lead" for page in EVERY_PAGE.values()}
    assert {key for key in english if key not in quoted | pages and not key.startswith(begun)} == set()


@pytest.mark.parametrize("language", languages.languages())
def test_a_page_has_the_words_of_its_language_and_says_which_that_is(language: str) -> None:
    for path, page in EVERY_PAGE.items():
        html = page.html(path, language)
        assert f'<html lang="{language}" data-languages="en de">' in html
        assert f"<h1>{languages.texts(language)[page.name]}</h1>" in html
        script = re.findall(r'src="[^"]*/([\w.-]+\.js)"', html)[0]
        assert f'const LANGUAGE = "{language}";' in assets().files[script]


@pytest.mark.parametrize(
    ("cookie", "header", "language"),
    [
        (None, None, "en"),
        (None, "de-AT,de;q=0.9,en;q=0.5", "de"),
        (None, "fr, en;q=0.9, de;q=0.8", "en"),
        (None, "fr;q=0.9", "en"),
        ("de-AT", "en", "de"),
        ("en", "de", "en"),
        ("fr", "de", "de"),
        ("../../etc", "de", "de"),
        ("", "DE", "de"),
        (None, "de;q=0, en", "en"),
        (None, "de;q=x", "en"),
    ],
)
def test_a_person_is_answered_in_their_language_else_in_that_of_the_browser(
    cookie: str | None, header: str | None, language: str
) -> None:
    assert languages.chosen(cookie, header) == language


def test_a_third_language_is_a_file_and_what_it_leaves_out_is_english(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(languages.FOLDER, tmp_path / "words")
    (tmp_path / "words" / "fr.json").write_text(json.dumps({"page.sign_in": "Se connecter"}), encoding="utf-8")
    monkeypatch.setattr(languages, "FOLDER", tmp_path / "words")
    forget()
    try:
        assert languages.chosen(None, "fr-CA") == "fr"
        said = languages.texts("fr")
        assert (said["page.sign_in"], said["page.projects"]) == ("Se connecter", "Projects")
        made = bundled(sources(), [], {"fr": said})
        assert '"page.sign_in"' not in made["owlpost-inbox.page.fr.js"]()
        assert 'const LANGUAGE = "fr";' in made["owlpost-login.page.fr.js"]()
    finally:
        monkeypatch.undo()
        forget()


def forget() -> None:
    languages.languages.cache_clear()
    languages.texts.cache_clear()
