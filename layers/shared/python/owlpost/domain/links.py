"""Which links we follow: the one decision for requests, mails and pushes. `links.js` decides the same for pages."""

import posixpath
import unicodedata
from urllib.parse import unquote, urlsplit


def is_own_path(link: str) -> bool:
    """Return whether the link is a path of our site, also after a browser has removed its dot segments.

    `/.//evil.example` becomes `//evil.example`, which is another site.
    """
    if not link.startswith("/") or not is_clean(link):
        return False
    path = unquote(link.partition("?")[0].partition("#")[0])
    return not path.startswith("//") and not _without_dots(path).startswith("//") and "\\" not in path


def is_followable(link: str) -> bool:
    """Return whether the link is a path of our site, or an https URL with a host."""
    return is_own_path(link) or (link.startswith("https://") and is_clean(link) and bool(_host(link)))


def is_clean(link: str) -> bool:
    """Return whether the link has no backslashes, white space, control characters or invisible characters."""
    return not any(
        character == "\\" or character.isspace() or unicodedata.category(character) in {"Cc", "Cf"}
        for character in link
    )


def _without_dots(path: str) -> str:
    """Remove dot segments as browsers do, which keep empty segments: `/x/..//y` becomes `//y`."""
    kept: list[str] = []
    for segment in path.split("/")[1:]:
        if segment == "..":
            kept = kept[:-1]
        elif segment != ".":
            kept.append(segment)
    return posixpath.sep + posixpath.sep.join(kept)


def _host(link: str) -> str | None:
    try:
        return urlsplit(link).hostname
    except ValueError:
        return None
