"""The static files. Their path has a hash of their content, so a browser may cache them for ever.

One hash covers all files and is a folder in the path: modules import each other by relative paths, so a page never mixes
files of two versions.
"""

import gzip
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

STATIC = Path(__file__).parent / "static"
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
IMPORTED = re.compile(r'^(?:import|export)\b[^;"]*"\./([\w.-]+)";$', re.MULTILINE)


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

    def imports_of(self, entries: Sequence[str]) -> list[str]:
        """Return the modules that these ones import, directly or not. A page preloads them all at once."""
        found = [*entries]
        for module in found:  # grows while it is walked
            found += [name for name in IMPORTED.findall(self.files[module]) if name not in found]
        return found[len(entries) :]


@cache
def _gzip(text: str) -> bytes:
    return gzip.compress(text.encode(), mtime=0)


@cache
def assets() -> Assets:
    files = {file.name: file.read_text(encoding="utf-8") for file in sorted(STATIC.iterdir()) if file.suffix in TYPES}
    content = "\0".join(f"{name}\0{text}" for name, text in files.items())
    return Assets(hashlib.sha256(content.encode()).hexdigest()[:16], files)
