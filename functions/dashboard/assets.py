"""The static files. Their path has a hash of their content, so a browser may cache them for ever.

One hash covers all files, the bundles too, and is a folder in the path: files name each other by relative paths, so a page
never mixes files of two versions.
"""

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from functions.dashboard.bundles import bundled

STATIC = Path(__file__).parent / "static"
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
#: Modules that other pages of this origin load by a stable name; see docs/embed.md.
EMBEDDABLE = ("owlpost-inbox.js",)


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


@cache
def assets() -> Assets:
    files = sources()
    files |= bundled(files, EMBEDDABLE)
    content = "\0".join(f"{name}\0{text}" for name, text in files.items())
    return Assets(hashlib.sha256(content.encode()).hexdigest()[:16], files)
