"""The table of links to which Python and the pages' JavaScript are both held."""

import json
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class LinkCase:
    """A link: whether it is a path of ours, whether it is followed, and the URL that a browser makes of it."""

    link: str
    own: bool
    followed: bool
    becomes: str | None


CASES = [LinkCase(**case) for case in json.loads(Path(__file__).with_name("links.json").read_text(encoding="utf-8"))]
