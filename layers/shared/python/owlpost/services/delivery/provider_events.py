"""What a provider tells us after it took a mail: verified, then acted on, once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from owlpost.db.delivery import suppressions
from owlpost.db.session import Database
from owlpost.domain.clock import Clock
from owlpost.domain.mail_events import MailEvent
from owlpost.domain.refusals import Unverified
from owlpost.domain.webhooks import Envelope
from owlpost.observability import count, logger


@dataclass(frozen=True, slots=True)
class ProviderEvents:
    """`secrets` are those the provider may sign with: while one is replaced by another, both."""

    database: Database
    secrets: Sequence[str]
    now: Clock

    def take(self, headers: Mapping[str, str], body: bytes) -> None:
        """Act on one webhook; one that came before, or is of a kind we make nothing of, does nothing.

        Raises Unverified, with nothing changed, for what is forged or stale, and InvalidRequest for what is no event.
        """
        try:
            envelope = Envelope.of(headers)
            envelope.verify(body, self.secrets, now=self.now())
        except Unverified:
            count("WebhookRefused", channel="email")
            raise
        event = MailEvent.from_json(body)
        with self.database.transaction() as connection:
            if event.delivery_id and event.fate:
                suppressions.tell_delivery(connection, event)
            suppressed = (
                suppressions.suppress(connection, event, event_id=envelope.id, now=self.now())
                if event.suppresses and event.addresses
                else ()
            )
        if event.fate:
            count(event.fate.title().replace("_", ""), channel="email")
        if suppressed:
            logger().info("suppressed", extra={"reason": event.suppresses, "addresses": len(suppressed)})
            count("Suppressed", len(suppressed), channel="email")
