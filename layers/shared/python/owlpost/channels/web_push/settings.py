"""The settings of web push, read from its section of the environment and checked before the first call."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from owlpost.domain import endpoints
from owlpost.domain.errors import Misconfigured
from owlpost.domain.push_services import PushServices

#: What each variable means, and its default: docs/environment.md is made of it.
VARIABLES: Mapping[str, tuple[str, str]] = {
    "WEB_PUSH_SECRET": (
        "secret that the key of web push is derived from; each subscription is bound to it for life, so it is not rotated",
        "",
    ),
    "WEB_PUSH_SUBJECT": (
        "where a push service reaches the operator: `mailto:` with a real address, or an https URL",
        "WEB_URL where that is https",
    ),
    "WEB_PUSH_HOSTS": (
        "more push services, comma-separated: a host, `*.` with a domain, or `host:port` for one's own network by any address",
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
    """`keys` open the destinations. Without any, nothing can have been connected."""

    keys: tuple[str, ...]
    secret: str
    subject: str
    services: PushServices

    @classmethod
    def from_section(cls, section: Mapping[str, str]) -> Self:
        """Return the settings. Raises Misconfigured naming the variable at fault."""
        keys = tuple(each.strip() for each in section.get("DESTINATION_KEYS", "").split(",") if each.strip())
        return cls(keys, secret_of(section), _subject(section), services_of(section))


def secret_of(section: Mapping[str, str]) -> str:
    """Return the secret of the key. Raises Misconfigured if there is none, or one that could be guessed."""
    secret = section.get("WEB_PUSH_SECRET", "")
    if len(secret) < LEAST_SECRET:
        raise Misconfigured(f"WEB_PUSH_SECRET: must have at least {LEAST_SECRET} characters")
    return secret


def services_of(section: Mapping[str, str]) -> PushServices:
    """Return the push services that are called. Raises Misconfigured for an entry that is no host."""
    try:
        return PushServices.with_more(section.get("WEB_PUSH_HOSTS", ""))
    except ValueError as error:
        raise Misconfigured(f"WEB_PUSH_HOSTS: {error}") from None


def _subject(section: Mapping[str, str]) -> str:
    stated = section.get("WEB_PUSH_SUBJECT", "") or _web_url(section)
    found = _MAILTO.fullmatch(stated) or _HTTPS.fullmatch(stated)
    if found is None or "<" in stated or not _REAL_HOST.fullmatch(found["host"]):
        raise Misconfigured(
            "WEB_PUSH_SUBJECT: must be mailto: with a real address, or an https URL with a real host, as Apple refuses others"
        )
    return stated


def _web_url(section: Mapping[str, str]) -> str:
    url = section.get("WEB_URL", "")
    try:
        return endpoints.origin(url) if url else ""
    except ValueError as error:
        raise Misconfigured(f"WEB_URL: {error}") from None
