"""Whom the doors of this machine answer: its programs and its own pages, but no page of somebody else.

A web page that a developer visits may send requests to any port of the loopback address. It cannot read the answers, unless its
own name resolves to that address, too (DNS rebinding); then `Host` still bears that name. Otherwise the browser says where the
request comes from, in `Origin` and `Sec-Fetch-Site`. Imports the standard library alone: the emulator's own Python runs it.
"""

from collections.abc import Mapping

LOCAL_NAMES = ("localhost", "127.0.0.1", "[::1]")
#: Nobody can have this name resolve to another machine (RFC 6761), so below it there is nobody else's page.
LOCAL_DOMAIN = ".localhost"
#: The user typed the address, or the request comes from a page of this very door.
OWN_SITES = ("none", "same-origin")


def refusal(method: str, headers: Mapping[str, str], *, pages: bool) -> str | None:
    """Return why a request is refused, None if it is answered. `headers` by lower-case names.

    `pages`: whether this door has pages for people, to which a link on another site or in a mail may lead.
    """
    host = headers.get("host", "")
    if not _is_local(host):
        return f"This machine is not {host[:100]!r}."
    if pages and _follows_a_link(method, headers):
        return None
    if headers.get("sec-fetch-site", "none") not in OWN_SITES:
        return "A page of another site may not ask this."
    if headers.get("origin", f"http://{host}") != f"http://{host}":
        return "A page of another origin may not ask this."
    return None


def _is_local(host: str) -> bool:
    name = host.rpartition(":")[0] if not host.endswith("]") and ":" in host else host
    return name.lower() in LOCAL_NAMES or name.lower().endswith(LOCAL_DOMAIN)


def _follows_a_link(method: str, headers: Mapping[str, str]) -> bool:
    """Whether the user goes to the page, in the window itself and not in a frame of somebody's."""
    destination = (headers.get("sec-fetch-mode"), headers.get("sec-fetch-dest"))
    return method == "GET" and destination == ("navigate", "document") and "origin" not in headers
