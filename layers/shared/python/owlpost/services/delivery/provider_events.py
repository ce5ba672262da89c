"""Act on what a provider reports of mails that it accepted: verified, then recorded, once."""

from collections.abc import Mapping, Sequence

from owlpost.db.delivery import direct_mail_events, mail_events, suppressions
from owlpost.db.session import Database
from owlpost.domain import ses_events
from owlpost.domain.addresses import mailbox
from owlpost.domain.clock import Clock
from owlpost.domain.mail_events import Fate, MailEvent
from owlpost.domain.refusals import Unverified
from owlpost.domain.value import dataclass
from owlpost.domain.webhooks import Envelope
from owlpost.observability import count, logger

#: The reason of suppressions that follow the provider's own list.
OF_PROVIDER = "suppressed_by_provider"


@dataclass(frozen=True, slots=True)
class ProviderEvents:
    """`secrets` are those the provider may sign with: both while one replaces the other."""

    database: Database
    secrets: Sequence[str]
    now: Clock
    #: Where canaries go: what becomes of their mails is not counted with those of people.
    canary: str | None = None

    def take(self, headers: Mapping[str, str], body: bytes) -> None:
        """Act on one webhook. A repeated event does nothing, and neither does an event of an unknown type.

        Raises Unverified, with nothing changed, for a forged or stale webhook. A signed one is never refused.
        """
        try:
            envelope = Envelope.of(headers)
            envelope.verify(body, self.secrets, now=self.now)
        except Unverified:
            count("WebhookRefused", channel="email")
            raise
        event = MailEvent.from_json(body, signed_at=envelope.signed_at)
        if event is None:
            logger().warning("webhook is no event", extra={"webhook_id": envelope.id, "bytes": len(body)})
            count("WebhookNotUnderstood", channel="email")
            return
        self._act(event, event_id=envelope.id)

    def take_from_ses(self, message: str, *, event_id: str) -> None:
        """Act on one event of SES. Only the topic that the function's policy names can invoke it, so nothing is signed."""
        event = ses_events.event_of(message, otherwise=self.now())
        if event is None:
            logger().warning("message is no event of SES", extra={"message_id": event_id, "bytes": len(message)})
            count("WebhookNotUnderstood", channel="email")
            return
        self._act(event, event_id=event_id)

    def _act(self, event: MailEvent, *, event_id: str) -> None:
        with self.database.transaction() as connection:
            known = bool(event.delivery_id and event.fate) and mail_events.record(connection, event)
            if not known:
                direct_mail_events.record(connection, event)
            suppressed: Sequence[str] = ()
            if event.suppresses and event.addresses:
                suppressed = suppressions.suppress(connection, event, event_id=event_id)
            if event.releases:
                suppressions.forget(connection, event.addresses, reason=OF_PROVIDER)
        is_canary = self.canary is not None and event.addresses == (mailbox(self.canary),)
        _report(event, suppressed=len(suppressed), is_canary=is_canary)


def _report(event: MailEvent, *, suppressed: int, is_canary: bool) -> None:
    if event.fate and not is_canary:
        count(event.fate.metric, channel="email")
    if event.fate is Fate.FAILED:
        extra = {"delivery_id": str(event.delivery_id), "reason": event.detail.get("reason")}
        logger().error("accepted mail failed", extra=extra)
    if suppressed:
        logger().info("suppressed", extra={"reason": event.suppresses, "addresses": suppressed})
        count("Suppressed", suppressed, channel="email")
