"""The webhook channel's settings, read from its section of the environment and checked before the first call."""

from collections.abc import Mapping
from typing import Self

from owlpost.channels.per_destination_settings import listed, site_of
from owlpost.domain.errors import Misconfigured
from owlpost.domain.value import dataclass

#: What each variable means, and its default: docs/environment.md is made of it.
VARIABLES: Mapping[str, tuple[str, str]] = {
    "WEBHOOK_INSIDE": (
        "receivers of one's own network that may be called by any address and by plain http, as `host:port`, comma-separated",
        "",
    ),
    "WEBHOOK_CA_FILE": ("PEM file with a certificate authority to trust beside the public ones", ""),
}


@dataclass(frozen=True, slots=True)
class WebhookSettings:
    """`keys` open the destinations. Without any, nothing can have been connected."""

    keys: tuple[str, ...]
    inside: frozenset[str]
    ca_file: str | None
    web_url: str

    @classmethod
    def from_section(cls, section: Mapping[str, str]) -> Self:
        """Return the settings. Raises Misconfigured naming the variable at fault."""
        return cls(
            keys=listed(section.get("DESTINATION_KEYS", "")),
            inside=inside_of(section),
            ca_file=section.get("WEBHOOK_CA_FILE"),
            web_url=site_of(section),
        )


def inside_of(section: Mapping[str, str]) -> frozenset[str]:
    """Return the receivers that may be inside. Raises Misconfigured for one that is no `host:port`."""
    found = listed(section.get("WEBHOOK_INSIDE", "").lower())
    for each in found:
        host, _, port = each.rpartition(":")
        if not host or not port.isdecimal():
            raise Misconfigured(f"WEBHOOK_INSIDE: {each!r} is no host:port")
    return frozenset(found)
