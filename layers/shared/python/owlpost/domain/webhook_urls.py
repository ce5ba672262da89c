"""Which URLs a webhook may have, judged when it is saved. Where the name leads is judged at each call: `channels.guarded`."""

import re
from collections.abc import Collection, Iterable
from urllib.parse import SplitResult, urlsplit

from owlpost.domain.errors import InvalidRequest

LONGEST_URL = 2_000
#: RFC 1035, section 2.3.1, with the digits of RFC 1123, section 2.1. The last label of a name is no number, else it is an IP.
_LABEL = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_NAME = re.compile(rf"(?:{_LABEL}\.)+(?!\d+$){_LABEL}")
_LONGEST_NAME = 253
_VISIBLE = re.compile(r"[\x21-\x7e]+")


def checked_url(
    text: str,
    *,
    own: Collection[str] = (),
    inside: Collection[str] = (),
    hosts: Collection[str] | None = None,
    elsewhere: Iterable[tuple[str, str]] = (),
) -> str:
    """Return the URL in its one spelling. Raises InvalidRequest naming `url`.

    `own` are hosts of this installation. `inside` are `host:port` that an operator allows though they are inside, by plain
    http as well. `hosts` are the only ones that it may lead to, if there are any, and `elsewhere` says of some why not.
    """
    parts, host, port = _split(text)
    path = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
    if parts.username is not None or parts.password is not None:
        raise _refused("must hold no user name and no password")
    if f"{host}:{port}" in inside and parts.scheme in {"http", "https"}:
        return f"{parts.scheme}://{host}:{port}{path}"
    if parts.scheme != "https":
        raise _refused("must begin with https://")
    if port not in {None, 443}:
        raise _refused("must have no port, or 443")
    _check_host(host, own)
    if why := next((why for pattern, why in elsewhere if _is_of(host, pattern)), None):
        raise _refused(why)
    if hosts is not None and not any(_is_of(host, pattern) for pattern in hosts):
        raise _refused(f"must lead to {' or '.join(hosts)}")
    return f"https://{host}{path}"


def _split(text: str) -> tuple[SplitResult, str, int | None]:
    if not text or len(text) > LONGEST_URL or not _VISIBLE.fullmatch(text) or "\\" in text:
        raise _refused(f"must be a URL of at most {LONGEST_URL:,} visible ASCII characters")
    try:
        parts = urlsplit(text)
        return parts, (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        raise _refused("is no URL") from None


def _check_host(host: str, own: Collection[str]) -> None:
    if len(host) > _LONGEST_NAME or not _NAME.fullmatch(host):
        raise _refused("must name a host of the internet, not an IP address")
    if host in own:
        raise _refused("must not lead back to us")


def _is_of(host: str, pattern: str) -> bool:
    """Return whether it is this host, or one below it for a pattern that begins with `*.`."""
    return host.endswith(pattern[1:]) if pattern.startswith("*.") else host == pattern


def host_of(url: str) -> str:
    """Return the host of a checked URL, which is shown where the URL is not."""
    return urlsplit(url).hostname or ""


def _refused(problem: str) -> InvalidRequest:
    return InvalidRequest("url", problem)
