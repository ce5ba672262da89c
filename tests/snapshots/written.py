"""Specimens as text: one file per specimen, and one for the frame that all mails share."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

from infra.local.preview.specimens import Specimen, specimens

FOLDER = Path(__file__).parent
FRAME = "frame.txt"
#: The filler after the preheader. It keeps mail programs from showing the text that follows.
FILL = re.compile(r"(?:&#847;&zwnj; )+")


def written() -> dict[str, str]:
    """Return the current snapshots by file name."""
    found = list(specimens())
    return {FRAME: _head(found[0].mail.html), **{f"{each.name}.txt": "\n".join(_parts(each)) for each in found}}


def kept() -> dict[str, str]:
    """Return the committed snapshots by file name."""
    return {file.name: file.read_text(encoding="utf-8") for file in FOLDER.glob("*.txt")}


def _parts(specimen: Specimen) -> Iterator[str]:
    if specimen.notification:
        yield from ("=== inbox", specimen.notification.title, specimen.notification.body or "(no body)")
        yield specimen.notification.link or "(no link)"
        yield from ("", "=== push", json.dumps(specimen.push, ensure_ascii=False, indent=1), "")
    yield from ("=== mail", f"Subject: {specimen.mail.subject}", f"Preheader: {specimen.mail.preheader}")
    yield from (f"{name}: {value}" for name, value in specimen.mail.headers.items())
    yield from ("", "=== mail, text", specimen.mail.text)
    yield from ("=== mail, HTML", FILL.sub("…", _body(specimen.mail.html)), "")


def _head(html: str) -> str:
    return html.partition("</head>")[0]


def _body(html: str) -> str:
    return html.partition("</head>")[2].lstrip()
