"""A mail with its recipient, and what whoever sends it promises."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from uuid import UUID

from owlpost.domain.outcomes import Outcome


@dataclass(frozen=True, slots=True)
class Mail:
    """What a person reads: one subject, the same content as HTML and as text, and further header fields."""

    subject: str
    html: str
    text: str
    preheader: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Letter:
    """`delivery_id` comes back in what the provider tells us of the mail later; None for what is no delivery.

    `correlation_id` is for the log, and no part of what is sent.
    """

    to: str
    mail: Mail
    delivery_id: UUID | None = None
    correlation_id: str | None = None


class MailSender(Protocol):
    def send(self, letters: Sequence[Letter], *, key: str, deadline: datetime) -> list[Outcome]:
        """Send the letters in one call and say what became of each, in their order.

        `key` stands for exactly these letters: sending them under it again tells nobody twice.
        """
        ...
