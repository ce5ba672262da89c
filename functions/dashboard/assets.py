"""The static files. Their path has a hash of their content, so a browser may cache them for ever.

One hash covers all files and what the bundles are made of. It is a folder in the path: files name each other by relative
paths, so a page never mixes files of two versions.
"""

import gzip
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path

from functions.dashboard.bundles import TEXTS, bundled, texts_module
from functions.dashboard.languages import DEFAULT, languages, texts
from functions.dashboard.mark import MARK, STATIC, mark_of
from owlpost.domain.brand import Brand, tint
from owlpost.domain.value import dataclass
from owlpost.settings_brand import brand

#: The paper of light and dark pages, as tokens.css has it.
PAPER, DARK_PAPER = (255, 255, 255), (24, 25, 31)
BUNDLER = Path(__file__).parent / "bundles.py"
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
#: Modules that other pages load by a stable name; see docs/embed.md.
EMBEDDABLE = ("owlpost-inbox.js", "owlpost-bell.js", "owlpost-preferences.js")


@dataclass(frozen=True, slots=True)
class Assets:
    """`files` maps names to texts; `version` is the hash of all of them."""

    version: str
    files: Mapping[str, str]

    def url(self, name: str) -> str:
        return f"/assets/{self.version}/{name}"

    def content_type(self, name: str) -> str:
        return TYPES[Path(name).suffix]

    def compressed(self, name: str) -> bytes:
        """Return the file as gzip. A sandbox compresses each file once."""
        return _gzip(self.files[name])


@cache
def _gzip(text: str) -> bytes:
    return gzip.compress(text.encode(), mtime=0)


def sources() -> dict[str, str]:
    """Return the files as they are in the repository."""
    return {file.name: file.read_text(encoding="utf-8") for file in sorted(STATIC.iterdir()) if file.suffix in TYPES}


def _in_the_hosts_colour(brand: Brand) -> str:
    """Return what makes the accent of all pages that of the host; nothing where it has chosen no colour."""
    accent = brand.accent
    if accent is None:
        return ""
    tints = f"light-dark({tint(accent.light, PAPER)}, {tint(accent.dark, DARK_PAPER)})"
    return f"""
:root, :host {{
  --owl-accent: light-dark({accent.light}, {accent.dark});
  --owl-on-accent: light-dark(#ffffff, #000000);
  --owl-tint: {tints};
}}
"""


class Files(Mapping[str, str]):
    """The files and the bundles by their names. A bundle is made when it is first asked for: most are not."""

    def __init__(self, files: Mapping[str, str], bundles: Mapping[str, Callable[[], str]]) -> None:
        self._files = dict(files)
        self._bundles = bundles

    def __getitem__(self, name: str) -> str:
        if name not in self._files:
            self._files[name] = self._bundles[name]()
        return self._files[name]

    def __contains__(self, name: object) -> bool:
        return name in self._files or name in self._bundles

    def __iter__(self) -> Iterator[str]:
        return iter({**self._files, **self._bundles})

    def __len__(self) -> int:
        return len({**self._files, **self._bundles})


@cache
def assets() -> Assets:
    files = sources()
    files[MARK] = mark_of(brand())
    files["tokens.css"] += _in_the_hosts_colour(brand())
    words = {language: texts(language) for language in languages()}
    bundles = bundled(files, EMBEDDABLE, words)
    files[TEXTS] = texts_module(DEFAULT, words[DEFAULT], words)
    # what the bundles are made of, and by what: none needs to be made to know that it is another one
    of = [
        *files.items(),
        *((language, json.dumps(dict(said))) for language, said in words.items()),
        ("", BUNDLER.read_text()),
    ]
    content = "\0".join(f"{name}\0{text}" for name, text in of)
    return Assets(hashlib.sha256(content.encode()).hexdigest()[:16], Files(files, bundles))
