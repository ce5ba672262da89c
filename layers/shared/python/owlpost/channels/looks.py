"""What a delivery looked like, made again for an operator from its row and the template of today.

A row keeps a fingerprint of what was sent, not a copy. Whether the template, a setting or the notification has changed since is
seen by it: then there is nothing to show, as a picture of today would be a wrong one.
"""

import hashlib
from collections.abc import Mapping
from typing import Protocol

from owlpost.domain.messages import Delivery
from owlpost.domain.value import dataclass

#: The member of the attempt log that holds the mark: see `channels.adapter.Marking`.
MARK = "content"
#: What stands in place of a token: of a device, or of a link to unsubscribe.
MASK = "…"
FINGERPRINT_BYTES = 8


@dataclass(frozen=True, slots=True)
class Look:
    """`parts` are by the name of the part: a mail's subject, text and html, or a push by platform.

    `as_sent` is false if what was sent cannot be made again; `parts` is then empty. It is None for what was not sent yet.
    """

    parts: Mapping[str, object]
    as_sent: bool | None


class Looking(Protocol):
    """A channel's module `look`, beside its adapter's."""

    def look(self, delivery: Delivery, section: Mapping[str, str]) -> Look:
        """Return what was sent, by the mark in the delivery's metadata; without a mark, what would be sent now.

        Tokens are masked. `section` are the variables of the channel that the function may see.
        """
        ...


def fingerprint(*parts: str | bytes) -> str:
    """Return a short text that tells contents apart."""
    digest = hashlib.blake2b(digest_size=FINGERPRINT_BYTES)
    for part in parts:
        data = part.encode("utf-8", "replace") if isinstance(part, str) else part
        digest.update(len(data).to_bytes(8))
        digest.update(data)
    return digest.hexdigest()
