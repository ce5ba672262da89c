"""What the pages about extending add to the registries: a type and a channel of somebody's own, in one language."""

import re
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"
ENTRY = re.compile(r'(?:NotificationType|Channel)\(\s*"([\w.]+)"')


def of_the_pages() -> set[str]:
    """Return the keys of the entries that `add-a-type.md` and `add-a-channel.md` have a reader add."""
    pages = (DOCS / "add-a-type.md", DOCS / "add-a-channel.md")
    return {key for page in pages for key in ENTRY.findall(page.read_text(encoding="utf-8"))}
