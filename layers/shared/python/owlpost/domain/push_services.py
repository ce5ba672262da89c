"""The push services that browsers have, as an allow list: a subscription that led elsewhere would be a way into our network."""

import re
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

from owlpost.domain.base64url import decoded
from owlpost.domain.errors import InvalidRequest
from owlpost.domain.webhook_urls import checked_url

#: web-push-libs/web-push#801, and the endpoints that the browsers' makers document.
KNOWN_HOSTS = (
    "fcm.googleapis.com",
    "android.googleapis.com",
    "updates.push.services.mozilla.com",
    "*.push.apple.com",
    "*.notify.windows.com",
)
AUTH_BYTES = 16
#: P-256 (SEC 2, section 2.4.2): y² = x³ - 3x + B modulo PRIME.
_PRIME = 2**256 - 2**224 + 2**192 + 2**96 - 1
_B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
_POINT_BYTES = 65
_ENTRY = re.compile(r"(\*\.)?[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?P<port>:[0-9]{1,5})?")


@dataclass(frozen=True, slots=True)
class PushServices:
    """`hosts` are names, or `*.` and a domain. `inside` are `host:port` that may be reached by any address, by http as well."""

    hosts: tuple[str, ...] = KNOWN_HOSTS
    inside: frozenset[str] = frozenset()

    @classmethod
    def with_more(cls, text: str) -> Self:
        """Return those that all browsers have and these, comma-separated. Raises ValueError for an entry that is no host."""
        listed = [each.strip().lower() for each in text.split(",") if each.strip()]
        for each in listed:
            if not _ENTRY.fullmatch(each) or (each.startswith("*.") and (":" in each or "." not in each[2:])):
                raise ValueError(f"{each!r} is no host")
        hosts = (each for each in listed if ":" not in each)
        return cls((*KNOWN_HOSTS, *hosts), frozenset(each for each in listed if ":" in each))

    def endpoint(self, text: str) -> str:
        """Return a subscription's endpoint in its one spelling. Raises InvalidRequest if it leads to none of these."""
        address = checked_url(text, inside=self.inside)
        parts = urlsplit(address)
        if parts.netloc not in self.inside and not any(_is_of(parts.hostname or "", each) for each in self.hosts):
            raise InvalidRequest("url", "is of no push service that is known here")
        return address


def _is_of(host: str, known: str) -> bool:
    return host.endswith(known[1:]) if known.startswith("*.") else host == known


def is_key(text: str) -> bool:
    """Return whether a text is a browser's public key: base64url of an uncompressed point on P-256."""
    try:
        point = decoded(text)
    except ValueError:
        return False
    x, y = int.from_bytes(point[1:33]), int.from_bytes(point[33:])
    return (
        len(point) == _POINT_BYTES
        and point[0] == 4
        and max(x, y) < _PRIME
        and (y * y - (x * x * x - 3 * x + _B)) % _PRIME == 0
    )


def is_auth(text: str) -> bool:
    """Return whether a text is a browser's secret for authentication (RFC 8291, section 3.2)."""
    try:
        return len(decoded(text)) == AUTH_BYTES
    except ValueError:
        return False
