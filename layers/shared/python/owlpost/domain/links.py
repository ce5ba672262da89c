"""Which links we follow: the one decision for requests, mails and pushes. `links.js` decides the same for pages.

One table of cases holds both to the same decisions: `tests/support/links.json`.
"""

import posixpath
import re
import unicodedata
from urllib.parse import unquote, urlsplit

#: Forbidden domain code points of the URL standard (url.spec.whatwg.org/#forbidden-domain-code-point), but `:` of IPv6.
_FORBIDDEN_IN_HOST = re.compile(r"[\x00-\x20#/<>?@\[\\\]^|%\x7f]")


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
    return is_own_path(link) or (link.startswith("https://") and is_clean(link) and _has_host(link))


def absolute(link: str | None, site: str) -> str | None:
    """Return the link as it can be followed from elsewhere; None for a path of a site whose address is not known."""
    if not link or not is_followable(link):
        return None
    if not is_own_path(link):
        return link
    return site + link if site else None


def is_clean(link: str) -> bool:
    """Return whether the link has no backslashes, white space, control characters or invisible characters."""
    return not any(
        character == "\\" or character.isspace() or unicodedata.category(character) in {"Cc", "Cf"}
        for character in link
    )


def _without_dots(path: str) -> str:
    """Remove dot segments as browsers do, which keep empty segments: `/x/..//y` becomes `//y`, and `/.//.` becomes `//`."""
    kept: list[str] = []
    segments = path.split("/")[1:]
    for segment in [*segments, ""] if segments[-1] in {".", ".."} else segments:
        if segment == "..":
            kept = kept[:-1]
        elif segment != ".":
            kept.append(segment)
    return posixpath.sep + posixpath.sep.join(kept)


def _has_host(link: str) -> bool:
    """Return whether a browser finds a host, and a port if one is given."""
    try:
        parts = urlsplit(link)
        has_valid_port = parts.port is None or parts.port >= 0  # reading it raises ValueError for any other
        return (
            has_valid_port
            and bool(parts.hostname)
            and "@" not in parts.netloc
            and not _FORBIDDEN_IN_HOST.search(parts.hostname or "")
        )
    except ValueError:
        return False
