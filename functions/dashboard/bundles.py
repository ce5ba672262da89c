"""Files that are made of several: one script and one style sheet for each page, so that a first view asks for few files.

The modules stay plain ones that import each other; there is no build step. A bundle has each in a function of its own, so names
do not clash, and after all that it imports.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial

from functions.dashboard.languages import Texts

USER_MENU = "owlpost-user-menu.js"
#: The module with the words, of which there is one for each language.
TEXTS = "texts.js"
_KEY = re.compile(r"[\"'`]([a-z_]+(?:\.[A-Za-z0-9_]+)*)[\"'`]")
_BEGUN_KEY = re.compile(r"`([a-z_]+\.(?:[a-z_]+\.)*[a-z_]*)\$\{")
_IMPORT = re.compile(r'^import \{([^}]*)\} from "\./([\w.-]+)";$\n?', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async )?(?:const|function|class) (\w+))", re.MULTILINE)
#: Style sheets of the pages, and of the elements with a shadow root.
STYLES = {
    "page.css": ("tokens.css", "controls.css", "cards.css", "shell.css"),
    "owlpost-inbox.css": ("tokens.css", "controls.css", "inbox.css"),
    "owlpost-bell.css": ("tokens.css", "controls.css", "bell.css"),
    "owlpost-preferences.css": ("tokens.css", "controls.css", "cards.css", "preferences.css"),
}
#: Pages for people who are not signed in have no menu.
ALONE = ("owlpost-login.js", USER_MENU)


class CircularImport(Exception):
    """Two modules import each other: neither can come first."""


def page_script(component: str | None, language: str) -> str:
    """Return the name of the script for a page with this component; without one, the page has the menu alone."""
    return f"{component or USER_MENU.removesuffix('.js')}.page.{language}.js"


def embedded_script(module: str, language: str) -> str:
    """Return the name of the script that other pages load in place of this module."""
    return module.replace(".js", f".embed.{language}.js")


def texts_module(language: str, texts: Texts, languages: Iterable[str]) -> str:
    """Return the module that holds the words of a language, and says in which `languages` there are words."""
    said = json.dumps(dict(texts), ensure_ascii=False, separators=(",", ":"))
    every = json.dumps(list(languages))
    return f'export const LANGUAGE = "{language}";\nexport const LANGUAGES = {every};\nexport const TEXTS = {said};\n'


def bundled(
    files: Mapping[str, str], embeddable: Sequence[str], words: Mapping[str, Texts]
) -> Mapping[str, Callable[[], str]]:
    """Return what makes each of the files that are made of these, by its name; each script once in each language."""
    components = [name for name in files if name.startswith("owlpost-") and name.endswith(".js")]
    made = {name: partial(_style, files, parts) for name, parts in STYLES.items()}
    for language in words:
        for name in components:
            entries = (name,) if name in ALONE else (name, USER_MENU)
            made[page_script(name.removesuffix(".js"), language)] = partial(_script, files, entries, language, words)
        for name in embeddable:
            made[embedded_script(name, language)] = partial(_script, files, (name,), language, words)
    return made


def _style(files: Mapping[str, str], parts: Sequence[str]) -> str:
    return "\n".join(files[part] for part in parts)


def _script(files: Mapping[str, str], entries: Sequence[str], language: str, words: Mapping[str, Texts]) -> str:
    """Return the modules that these need, with those texts alone that they may say."""
    found = {**files, TEXTS: ""}
    code = "".join(_modules(found, entries))
    return "".join(_modules({**found, TEXTS: texts_module(language, _said(words[language], code), words)}, entries))


def _said(texts: Texts, code: str) -> Texts:
    """Return the texts whose key stands in the code, whole or up to what it puts in place of the rest."""
    whole = set(_KEY.findall(code))
    begun = tuple(_BEGUN_KEY.findall(code))
    return {key: text for key, text in texts.items() if key in whole or key.startswith(begun)}


def _modules(files: Mapping[str, str], entries: Sequence[str]) -> Iterator[str]:
    done: set[str] = set()
    for entry in entries:
        yield from _after_its_imports(files, entry, done, ())


def _after_its_imports(files: Mapping[str, str], name: str, done: set[str], above: Sequence[str]) -> Iterator[str]:
    if name in above:
        raise CircularImport(" → ".join([*above, name]))
    if name in done:
        return
    for _, imported in _IMPORT.findall(files[name]):
        yield from _after_its_imports(files, imported, done, [*above, name])
    done.add(name)
    yield _as_function(name, files[name])


def _as_function(name: str, text: str) -> str:
    exported = ", ".join(match[1] for match in _EXPORT.finditer(text))
    body = _EXPORT.sub("", _IMPORT.sub(lambda match: _taken(match[1], match[2]), text))
    return f"const {_variable(name)} = (() => {{\n{body}return {{ {exported} }};\n}})();\n"


def _taken(names: str, module: str) -> str:
    return f"const {{{names.replace(' as ', ': ')}}} = {_variable(module)};\n"


def _variable(module: str) -> str:
    return "$" + re.sub(r"\W", "_", module.removesuffix(".js"))
