"""The static files, named by what is in them, so that a browser may keep them for ever.

One hash stands for the whole set, as a folder: modules import each other by relative paths, and files of one version are
never mixed with those of another.
"""

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
    """`version` is the hash of all `files`, which are texts by their names."""

    version: str
    files: Mapping[str, str]

    def url(self, name: str) -> str:
        return f"/assets/{self.version}/{name}"

    def content_type(self, name: str) -> str:
        return TYPES[Path(name).suffix]

    def imports_of(self, entries: Sequence[str]) -> list[str]:
        """All that these modules import, near ones first: a page asks for them at once, not one after the other."""
        found = [*entries]
        for module in found:  # grows while it is walked
            found += [each for each in IMPORTED.findall(self.files[module]) if each not in found]
        return found[len(entries) :]


@cache
def assets() -> Assets:
    files = {file.name: file.read_text(encoding="utf-8") for file in sorted(STATIC.iterdir()) if file.suffix in TYPES}
    content = "\0".join(f"{name}\0{text}" for name, text in files.items())
    return Assets(hashlib.sha256(content.encode()).hexdigest()[:16], files)
