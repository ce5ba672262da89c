"""Where a configured service is: a host, or an address of one, in the one spelling that clients and DNS know."""

import re
from ipaddress import IPv6Address, ip_address
from urllib.parse import SplitResult, urlsplit

from owlpost.domain.addresses import ascii_domain

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
LONGEST_HOST = 253
#: By the scheme of a WebSocket's address, that of its handshake: RFC 6455, section 3.
SOCKETS = {"wss": "https", "ws": "http"}
#: What browsers leave out of an origin: RFC 6454, section 6.2.
USUAL_PORTS = {"https": ":443", "http": ":80"}
_NAME = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)(?:\.(?!-)[a-z0-9-]{1,63}(?<!-))*")
#: What looks like an IPv4 address is one, or nothing: resolvers read 1.2.3 in several ways.
_ENDS_IN_NUMBER = re.compile(r"(?:.*\.)?[0-9]+")
#: What a URL has to spell out; browsers and libraries read it in different ways.
_UNSAFE = re.compile(r"[\x00-\x20\x7f\\<>\"]")


def origin(text: str) -> str:
    """Return an address to which paths are added: https, or http on this machine, with no query and no slash at its end.

    Raises ValueError for any other.
    """
    parts = _checked(text)
    if parts.query or parts.fragment:
        raise ValueError("must be an address without ? and #, as a path is added to it")
    return parts.geturl().rstrip("/")


def page_origin(text: str) -> str:
    """Return the origin of pages as browsers write it in `Origin`: in small letters, without the scheme's usual port.

    Raises ValueError for what is no single origin: a path, a pattern, `null`.
    """
    parts = urlsplit(origin(text))
    if parts.path:
        raise ValueError("must be an origin, such as https://app.example.com, without a path")
    return parts.geturl().removesuffix(USUAL_PORTS[parts.scheme])


def socket(text: str) -> str:
    """Return the address of a WebSocket: wss, or ws on this machine, with no query. Raises ValueError for any other."""
    scheme, _, rest = text.strip(" ").partition("://")
    if scheme not in SOCKETS:
        raise ValueError("must be a wss address, or ws on localhost")
    checked = origin(f"{SOCKETS[scheme]}://{rest}")
    return f"{scheme}://{checked.partition('://')[2]}"


def address(text: str) -> str:
    """Return the address of one document: https, or http on this machine. Raises ValueError for any other."""
    return _checked(text).geturl()


def host(text: str) -> str:
    """Return a host by its name or IP address. Raises ValueError for any other text, such as one with a port."""
    name = text.strip().lower().removesuffix(".")
    if _is_ip(name):
        return str(ip_address(name))
    known = ascii_domain(name)
    if name and not known:
        raise ValueError("has a domain that cannot be written as DNS knows it")
    if not _NAME.fullmatch(known) or len(known) > LONGEST_HOST or _ENDS_IN_NUMBER.fullmatch(known):
        raise ValueError("must be the name or IP address of a host, without https:// and without a port")
    return known


def _checked(text: str) -> SplitResult:
    url = text.strip(" ")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ValueError("must be an https address, or http on localhost") from None
    safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
    if not (safe and parts.hostname) or port == 0 or "@" in parts.netloc or _UNSAFE.search(url):
        raise ValueError("must be an https address, or http on localhost")
    name = host(parts.hostname)
    shown = f"[{name}]" if ":" in name else name
    return parts._replace(netloc=shown if port is None else f"{shown}:{port}")


def _is_ip(name: str) -> bool:
    try:
        found = ip_address(name)
    except ValueError:
        return False
    return not isinstance(found, IPv6Address) or found.scope_id is None
