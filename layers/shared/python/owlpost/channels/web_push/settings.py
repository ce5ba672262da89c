"""The settings of web push, read from its section of the environment and checked before the first call."""

import re
from collections.abc import Mapping
from typing import Self

from owlpost.channels.per_destination_settings import listed, seals_of, site_of
from owlpost.domain.errors import Misconfigured
from owlpost.domain.value import dataclass
from owlpost.seals import Seals

#: What each variable means, and its default: docs/environment.md is made of it.
VARIABLES: Mapping[str, tuple[str, str]] = {
    "WEB_PUSH_SECRET": (
        "secret that the key of web push is derived from; each subscription is bound to it for life, so it is not replaced",
        "",
    ),
    "WEB_PUSH_SUBJECT": (
        "where a push service reaches the operator: `mailto:` with a real address, or an https URL",
        "WEB_URL",
    ),
    "WEB_PUSH_HOSTS": (
        "more push services, comma-separated: a host, `*.` and a domain, or `host:port` of one's own network, by http as well",
        "",
    ),
}
LEAST_SECRET = 32
#: Apple refuses a host without a dot, a space and angle brackets, by 403 `BadJwtToken` (web-push-libs/web-push#947, Apple
#: Developer Forums 725473). A top-level domain is no number, and none of those that lead nowhere (RFC 2606, RFC 6762).
_REAL_HOST = re.compile(
    r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+(?!\d+$|localhost$|local$|invalid$)[a-z0-9-]+", re.IGNORECASE
)
_MAILTO = re.compile(r"mailto:[^\s@<>,;]+@(?P<host>[^@]+)")
_HTTPS = re.compile(r"https://(?P<host>[^/:?#@\s<>]+)(?::\d+)?(?:[/?#][!-;=?-~]*)?")


@dataclass(frozen=True, slots=True)
class WebPushSettings:
    """`secret` is "" where web push is not set up. `inside` are services of one's own network."""

    seals: Seals
    secret: str
    subject: str
    inside: frozenset[str]

    @classmethod
    def from_section(cls, section: Mapping[str, str]) -> Self:
        """Return the settings. Raises Misconfigured naming the variable at fault."""
        secret = section.get("WEB_PUSH_SECRET", "") and secret_of(section)
        inside = frozenset(each for each in listed(section.get("WEB_PUSH_HOSTS", "").lower()) if ":" in each)
        return cls(seals_of(section), secret, _subject(section) if secret else "", inside)


def secret_of(section: Mapping[str, str]) -> str:
    """Return the secret of the key. Raises Misconfigured if there is none, or one that could be guessed."""
    secret = section.get("WEB_PUSH_SECRET", "")
    if len(secret) < LEAST_SECRET:
        raise Misconfigured(f"WEB_PUSH_SECRET: must have at least {LEAST_SECRET} characters")
    return secret


def _subject(section: Mapping[str, str]) -> str:
    stated = section.get("WEB_PUSH_SUBJECT", "") or site_of(section)
    found = _MAILTO.fullmatch(stated) or _HTTPS.fullmatch(stated)
    if found is None or not _REAL_HOST.fullmatch(found["host"]):
        raise Misconfigured(
            "WEB_PUSH_SUBJECT: must be mailto: with a real address, or an https URL with a real host, as Apple refuses others"
        )
    return stated
