"""Decides which requests the laptop's doors answer: those of local programs and of our own pages, but of no other site.

A web page that a developer visits may send requests to any port of the loopback address. It cannot read the answers, unless its
own name resolves to that address, too (DNS rebinding); then `Host` still has that name. Otherwise the browser names the origin
of the request in `Origin` and `Sec-Fetch-Site`. Imports only the standard library, because the emulator's own Python runs it.
"""

from collections.abc import Collection, Mapping

LOCAL_NAMES = ("localhost", "127.0.0.1", "[::1]")
#: This name always resolves to this machine (RFC 6761), so no other site can have a page under it.
LOCAL_DOMAIN = ".localhost"
#: The user typed the address, or the request comes from a page of this very door.
OWN_SITES = ("none", "same-origin")


def refusal(
    method: str,
    headers: Mapping[str, str],
    *,
    pages: bool,
    scheme: str = "http",
    known_origins: Collection[str] = (),
    anybodys: bool = False,
) -> str | None:
    """Return why a request is refused; None if it may be answered. `headers` have lower-case names.

    `pages`: whether this door has pages for people, to which a link on another site or in a mail may lead. HTTP/2 has
    `:authority` in the place of `host`. Of pages of `known_origins` the function that is asked decides.
    `anybodys`: whether it is a picture that anybody's mail shows, whatever page that mail is read on.
    """
    host = headers.get(":authority", headers.get("host", ""))
    if not is_local(host):
        return f"This machine is not {host[:100]!r}."
    if anybodys or (pages and _follows_a_link(method, headers)) or headers.get("origin") in known_origins:
        return None
    if headers.get("sec-fetch-site", "none") not in OWN_SITES:
        return "A page of another site may not ask this."
    own_origin = f"{scheme}://{host}"
    if headers.get("origin", own_origin) != own_origin:
        return "A page of another origin may not ask this."
    return None


def is_local(host: str) -> bool:
    """Return whether a `Host` is this machine's own name."""
    name = host.rpartition(":")[0] if not host.endswith("]") and ":" in host else host
    return name.lower() in LOCAL_NAMES or name.lower().endswith(LOCAL_DOMAIN)


def _follows_a_link(method: str, headers: Mapping[str, str]) -> bool:
    """Return whether the user navigates to the page in the window itself, and not in another site's frame."""
    destination = (headers.get("sec-fetch-mode"), headers.get("sec-fetch-dest"))
    return method == "GET" and destination == ("navigate", "document") and "origin" not in headers
