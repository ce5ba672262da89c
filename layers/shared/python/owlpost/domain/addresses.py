"""E-mail addresses as sign-in and invitations accept them, and the names derived from them."""

import re

from owlpost.domain.errors import InvalidRequest

LONGEST = 254
LONGEST_LOCAL_PART = 64
#: ASCII only: outside it, case folding can merge two addresses or split one.
_ADDRESS = re.compile(
    r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
)
_BETWEEN_WORDS = re.compile(r"[^a-z0-9]+")


def normal_address(text: str, field: str = "email") -> str:
    """The address in lower case, as addresses compare; raises InvalidRequest naming `field` for what is none."""
    address = text.strip().lower()
    local_part = address.partition("@")[0]
    fits = len(address) <= LONGEST and len(local_part) <= LONGEST_LOCAL_PART
    if not (fits and text.isascii() and _ADDRESS.fullmatch(address)):
        raise InvalidRequest(field, "must be an e-mail address")
    return address


def name_of(address: str) -> str:
    """Derive a name from an address: `ada.lovelace@…` → `Ada Lovelace`."""
    local_part = address.partition("@")[0]
    words = [word.capitalize() for word in _BETWEEN_WORDS.split(local_part) if word]
    return " ".join(words) or local_part


def slug_of(name: str) -> str:
    """Return the slug of a name, never empty: `Ada's Team` → `adas-team`."""
    return _BETWEEN_WORDS.sub("-", name.lower().replace("'", "")).strip("-") or "team"
