"""E-mail addresses: the one spelling of a mailbox, and the names derived from it."""

import re
import unicodedata

import idna

from owlpost.domain.errors import InvalidRequest
from owlpost.domain.text import one_line, visible

LONGEST = 254
LONGEST_LOCAL_PART = 64
#: ASCII only: outside it, case folding can merge two addresses or split one.
_ADDRESS = re.compile(
    r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
)
#: Full-width forms of ASCII, and the ideographic full stops of domains.
_PLAIN = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | dict.fromkeys((0x3002, 0xFF61), ord("."))
_BETWEEN_WORDS = re.compile(r"[^a-z0-9]+")


def normal_address(text: str, field: str = "email") -> str:
    """Return the one spelling of a mailbox: lower case, ASCII, an international domain in its `xn--` form.

    Full-width characters, which input methods produce, are read as their plain forms. Raises InvalidRequest naming `field`
    for text that is no address.
    """
    plain = visible(text).translate(_PLAIN).strip()
    # Lower case would turn these two into ASCII letters, and so into the address of somebody else.
    address = "" if "\u212a" in plain or "\u0130" in plain else plain.lower()
    local_part, _, domain = address.partition("@")
    domain = ascii_domain(unicodedata.normalize("NFC", domain))
    address = f"{local_part}@{domain}" if local_part.isascii() else ""
    fits = len(address) <= LONGEST and len(local_part) <= LONGEST_LOCAL_PART
    if not (fits and _ADDRESS.fullmatch(address)):
        raise InvalidRequest(field, "must be an e-mail address")
    return address


def mailbox(text: str) -> str:
    """Return the one spelling of a mailbox that the host, a provider or an operator wrote.

    An address that `normal_address` refuses is only put on one line and into lower case.
    """
    try:
        return normal_address(text)
    except InvalidRequest:
        return one_line(text).lower()


def unicode_spelling(address: str) -> str | None:
    """Return the address with its international domain in Unicode, as a host may store it; None if it has no other spelling."""
    local_part, _, domain = address.rpartition("@")
    if "xn--" not in domain:
        return None
    try:
        return f"{local_part}@{idna.decode(domain)}"
    except idna.IDNAError:
        return None


def deliverable(address: str) -> str | None:
    """Return the address as mail providers accept it: in ASCII, an international domain in its `xn--` form.

    None if it has no such form. ASCII stays as it is, because a local part may depend on case.
    """
    if address.isascii():
        return address
    local_part, _, domain = address.rpartition("@")
    known = ascii_domain(domain.lower())
    return f"{local_part}@{known}" if local_part and local_part.isascii() and known else None


def ascii_domain(domain: str) -> str:
    """Return the domain as DNS knows it, empty if it has no such form."""
    if domain.isascii():
        return domain
    try:
        return idna.encode(domain).decode() if len(domain) <= LONGEST else ""
    except idna.IDNAError:
        return ""


def name_of(address: str) -> str:
    """Derive a name from an address: `ada.lovelace@…` → `Ada Lovelace`."""
    local_part = address.partition("@")[0]
    words = [word.capitalize() for word in _BETWEEN_WORDS.split(local_part) if word]
    return " ".join(words) or local_part


def slug_of(name: str) -> str:
    """Return the slug of a name, never empty: `Ada's Team` → `adas-team`."""
    return _BETWEEN_WORDS.sub("-", name.lower().replace("'", "")).strip("-") or "team"
