"""The e-mail channel: by the sender that MAIL_SENDER names; without it through Resend if a key is set, else to the log."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from importlib import import_module
from typing import cast
from uuid import UUID

from owlpost.channels.adapter import BatchReport
from owlpost.channels.email.console import ConsoleSender
from owlpost.channels.email.key_check import check_keys
from owlpost.channels.email.look import mark
from owlpost.channels.email.message import ChannelSender, Mail, MailMessage
from owlpost.channels.email.pacing import Pacer
from owlpost.channels.email.render import MailRenderer
from owlpost.channels.email.resend import ResendSender
from owlpost.channels.email.settings import ADDRESS, EmailSettings
from owlpost.domain.addresses import deliverable
from owlpost.domain.brand import Brand
from owlpost.domain.findings import Finding
from owlpost.domain.messages import Delivery, DeliveryBatch
from owlpost.domain.outcomes import Failed, Outcome, Retry, Skipped
from owlpost.domain.reasons import Reason
from owlpost.sandbox import Closeable

#: The modules of the senders that most installations do not have, by the value of MAIL_SENDER.
SENDERS = {"smtp": "owlpost.channels.email.smtp", "ses": "owlpost.channels.email.ses"}


class EmailChannel:
    """A ChannelAdapter: the batch under its id, by one call if the sender takes many mails in one."""

    def __init__(
        self,
        *,
        sender: ChannelSender,
        render: Callable[[Delivery], Mail],
        check: Callable[[datetime], Sequence[Finding]] = lambda _: (),
    ) -> None:
        self._sender = sender
        self._render = render
        self._check = check
        self.promises = sender.promises

    def render(self, delivery: Delivery) -> Mail:
        """See ChannelAdapter."""
        return self._render(delivery)

    def mark(self, content: Mail) -> Mapping[str, object]:
        """See Marking."""
        return mark(content)

    def deliver(self, batch: DeliveryBatch, contents: Mapping[UUID, Mail]) -> BatchReport:
        """See ChannelAdapter. A delivery without a usable address ends before the call and is no part of it."""
        messages: dict[UUID, MailMessage] = {}
        refused: dict[UUID, Outcome] = {}
        for delivery in batch.deliveries:
            address = deliverable(delivery.address or "")
            if address and ADDRESS.fullmatch(address):
                messages[delivery.id] = MailMessage(
                    address, contents[delivery.id], delivery.id, delivery.correlation_id
                )
            else:
                refused[delivery.id] = (
                    Failed(Reason.INVALID_ADDRESS) if delivery.address else Skipped(Reason.NO_ADDRESS)
                )
        if not messages:
            return BatchReport(refused)
        outcomes = self._sender.send(tuple(messages.values()), key=str(batch.id), deadline=batch.deadline)
        states = _provider_states(self._sender.provider, outcomes)
        return BatchReport(dict(zip(messages, outcomes, strict=True)) | refused, states)

    def check_keys(self, *, deadline: datetime) -> Sequence[Finding]:
        """See KeyChecker."""
        return self._check(deadline)

    def close(self) -> None:
        """Close the connections of the sender, if it keeps any."""
        if isinstance(self._sender, Closeable):
            self._sender.close()


def _provider_states(provider: str | None, outcomes: Sequence[Outcome]) -> Mapping[str, str | None]:
    """Return whether the sender's provider takes our calls. See BatchReport."""
    if provider is None:
        return {}
    faults = [outcome.fault for outcome in outcomes if isinstance(outcome, Retry)]
    if len(faults) < len(outcomes):
        return {provider: None}
    refusal = next((fault.reason for fault in faults if fault.misconfigured), None)
    return {provider: refusal} if refusal else {}


def mail_sender(settings: EmailSettings, *, at_once: bool = False) -> ChannelSender:
    """Return the sender that the settings choose; with `at_once` for mails that somebody waits for.

    SMTP and SES are imported only then, for the sake of cold starts.
    """
    if settings.sender in SENDERS:
        return cast("ChannelSender", import_module(SENDERS[settings.sender]).build(settings, at_once=at_once))
    if settings.resend_api_key is None or settings.sender == "console":
        return ConsoleSender()
    return ResendSender(
        api_key=settings.resend_api_key,
        base_url=settings.resend_base_url,
        pacer=Pacer(settings.resend_calls_per_second, spare=settings.delivery_other_workers),
        sender=settings.email_from,
        reply_to=settings.email_reply_to,
    )


def build(section: Mapping[str, str]) -> EmailChannel:
    """Build the adapter from its section of the environment. Raises Misconfigured for an invalid value."""
    settings = EmailSettings.from_section(section).share()
    render = MailRenderer(settings.web_url, next(iter(settings.unsubscribe_keys), None), Brand.of(section))
    return EmailChannel(sender=mail_sender(settings), render=render, check=partial(check_keys, settings))
