"""What the sections of all channels that go to destinations have in common."""

from collections.abc import Mapping

from owlpost.domain import endpoints
from owlpost.domain.errors import Misconfigured
from owlpost.seals import Seals


def listed(text: str) -> tuple[str, ...]:
    """Return the parts of a comma-separated value."""
    return tuple(each.strip() for each in text.split(",") if each.strip())


def seals_of(section: Mapping[str, str]) -> Seals:
    """Return what opens the destinations. Without a key, nothing can have been connected."""
    return Seals(listed(section.get("DESTINATION_KEYS", "")))


def site_of(section: Mapping[str, str]) -> str:
    """Return where links lead, "" if it is not set. Raises Misconfigured."""
    text = section.get("WEB_URL", "")
    try:
        return endpoints.origin(text) if text else ""
    except ValueError as error:
        raise Misconfigured(f"WEB_URL: {error}") from None
