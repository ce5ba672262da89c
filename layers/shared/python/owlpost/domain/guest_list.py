"""The guest list of a staging installation: whom it may reach, and nobody else."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import field
from typing import Self

from owlpost.domain.addresses import mailbox, normal_address, unicode_spelling
from owlpost.domain.errors import InvalidRequest
from owlpost.domain.value import dataclass

#: A device token as APNs and FCM give them; both are far longer than any word that is no token.
_TOKEN = re.compile(r"[A-Za-z0-9:_.-]{20,4096}")
#: A local part, with which a domain can be read as an address is.
_ANYBODY = "a"


@dataclass(frozen=True, slots=True)
class GuestList:
    """Who is reached: mailboxes, each with the devices of its person, all mailboxes of a domain, and single device tokens."""

    mailboxes: frozenset[str] = field(default_factory=frozenset)
    #: Each begins with `@`.
    domains: frozenset[str] = field(default_factory=frozenset)
    tokens: frozenset[str] = field(default_factory=frozenset)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the list in comma-separated text, such as `ada@example.com, @example.org`. Raises ValueError for an entry."""
        entries = [entry for each in text.split(",") if (entry := each.strip())]
        addressed = [each for each in entries if "@" in each]
        tokens = [each for each in entries if "@" not in each]
        if odd := [each for each in tokens if not _TOKEN.fullmatch(each)]:
            raise ValueError(f"{odd[0][:60]!r} is no address, no @domain and no device token")
        return cls(
            mailboxes=frozenset(_address(each) for each in addressed if not each.startswith("@")),
            domains=frozenset(
                f"@{_address(_ANYBODY + each).partition('@')[2]}" for each in addressed if each[0] == "@"
            ),
            tokens=frozenset(tokens),
        )

    def admits(self, address: str) -> bool:
        """Return whether mail may go to this address, in any spelling."""
        known = mailbox(address)
        _, at, domain = known.rpartition("@")
        return known in self.mailboxes or at + domain in self.domains

    @property
    def spelled(self) -> str:
        """All entries, comma-separated, in each spelling that a host may store: what `db.guests` compares with."""
        named = [*self.mailboxes, *self.domains]
        return ",".join(sorted({*_spellings(named), *self.tokens}))


def _address(text: str) -> str:
    try:
        return normal_address(text)
    except InvalidRequest as error:
        raise ValueError(f"{text[:60]!r}: {error}") from None


def _spellings(addresses: Iterable[str]) -> Iterator[str]:
    for each in addresses:
        yield each
        if other := unicode_spelling(each):
            yield other
