"""A mail, a mail with its recipient, and the interface of a sender."""

from collections.abc import Mapping, Sequence
from dataclasses import field
from datetime import datetime
from typing import Protocol
from uuid import UUID

from owlpost.channels.adapter import Promises
from owlpost.domain.outcomes import Outcome
from owlpost.domain.value import dataclass


@dataclass(frozen=True, slots=True)
class Mail:
    """The content of a mail: subject, the same body as HTML and as plain text, and extra header fields."""

    subject: str
    html: str
    text: str
    preheader: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MailMessage:
    """A mail with its recipient.

    The provider sends `delivery_id` back in its webhooks; it is None for a direct mail. `correlation_id` is only logged.
    """

    to: str
    mail: Mail
    delivery_id: UUID | None = None
    correlation_id: str | None = None


class MailSender(Protocol):
    def send(self, messages: Sequence[MailMessage], *, key: str, deadline: datetime) -> list[Outcome]:
        """Send the messages. Return their outcomes in the same order.

        `key` identifies exactly these messages: sending them again with the same key reaches nobody twice, if the sender's
        promises say so. If not, an ambiguous fault ends its message: whoever sends it again may send it twice.
        """
        ...


class ChannelSender(MailSender, Protocol):
    """A sender that the e-mail channel can use."""

    @property
    def provider(self) -> str | None:
        """The name of the provider in a BatchReport; None if there is none."""
        ...

    @property
    def promises(self) -> Promises: ...
