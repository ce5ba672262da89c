"""Files that are made of several: one script and one style sheet for each page, so that a first view asks for few files.

The modules stay plain ones that import each other; there is no build step. A bundle has each in a function of its own, so names
do not clash, and after all that it imports.
"""

import re
from collections.abc import Iterator, Mapping, Sequence

USER_MENU = "owlpost-user-menu.js"
_IMPORT = re.compile(r'^import \{([^}]*)\} from "\./([\w.-]+)";$\n?', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async )?(?:const|function|class) (\w+))", re.MULTILINE)
#: Style sheets of the pages, and of the elements with a shadow root.
STYLES = {
    "page.css": ("tokens.css", "controls.css", "shell.css"),
    "owlpost-inbox.css": ("tokens.css", "controls.css", "inbox.css"),
}
#: Pages for people who are not signed in have no menu.
ALONE = ("owlpost-login.js", USER_MENU)


class CircularImport(Exception):
    """Two modules import each other: neither can come first."""


def page_script(component: str | None) -> str:
    """Return the name of the script for a page with this component; without one, the page has the menu alone."""
    return f"{component}.page.js" if component else USER_MENU.replace(".js", ".page.js")


def embedded_script(module: str) -> str:
    """Return the name of the script that other pages load in place of this module."""
    return module.replace(".js", ".embed.js")


def bundled(files: Mapping[str, str], embeddable: Sequence[str]) -> dict[str, str]:
    """Return the names and texts of the files that are made of these."""
    components = [name for name in files if name.startswith("owlpost-") and name.endswith(".js")]
    scripts = {
        page_script(name.removesuffix(".js")): (name,) if name in ALONE else (name, USER_MENU) for name in components
    }
    scripts |= {embedded_script(name): (name,) for name in embeddable}
    return {
        **{name: "\n".join(files[part] for part in parts) for name, parts in STYLES.items()},
        **{name: "".join(_modules(files, entries)) for name, entries in scripts.items()},
    }


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
