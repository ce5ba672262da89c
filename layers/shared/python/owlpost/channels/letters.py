"""A mail with its recipient, and what whoever sends it promises."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

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
    to: str
    mail: Mail


class MailSender(Protocol):
    def send(self, letters: Sequence[Letter], *, key: str, deadline: datetime) -> list[Outcome]:
        """Send the letters in one call and say what became of each, in their order.

        `key` stands for exactly these letters: sending them under it again tells nobody twice.
        """
        ...
