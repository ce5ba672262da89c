"""The e-mail channel: by Resend where there is a key, else to the console."""

from collections.abc import Callable, Mapping
from uuid import UUID

from owlpost.channels.email.console import ConsoleSender
from owlpost.channels.email.message import Letter, Mail, MailSender
from owlpost.channels.email.pacing import Pacer
from owlpost.channels.email.render import MailRenderer
from owlpost.channels.email.resend import ResendSender
from owlpost.channels.email.settings import ADDRESS, EmailSettings
from owlpost.domain.messages import Delivery, DeliveryBatch
from owlpost.domain.outcomes import Failed, Outcome, Retry, Skipped
from owlpost.sandbox import Closeable

#: How many workers mail at a time beside this one, as `infra/topology/plan.py` has it.
OTHER_WORKERS = 1


class EmailChannel:
    """A ChannelAdapter: one call for the batch, under the batch's id."""

    def __init__(self, *, sender: MailSender, render: Callable[[Delivery], Mail]) -> None:
        self._sender = sender
        self._render = render

    def deliver(self, batch: DeliveryBatch) -> Mapping[UUID, Outcome]:
        """See ChannelAdapter. Where the call has to be made again, a member that was refused here waits with the others:
        the frozen batch stays complete."""
        letters: dict[UUID, Letter] = {}
        refused: dict[UUID, Outcome] = {}
        for delivery in batch.deliveries:
            if delivery.address and ADDRESS.fullmatch(delivery.address):
                mail = self._render(delivery)
                letters[delivery.id] = Letter(delivery.address, mail, delivery.id, delivery.correlation_id)
            else:
                refused[delivery.id] = Failed("invalid_address") if delivery.address else Skipped("no_address")
        if not letters:
            return refused
        told = self._sender.send(tuple(letters.values()), key=str(batch.id), deadline=batch.deadline)
        again = next((outcome for outcome in told if isinstance(outcome, Retry)), None)
        return dict(zip(letters, told, strict=True)) | (dict.fromkeys(refused, again) if again else refused)

    def close(self) -> None:
        """Close the sender's connections, where it keeps any."""
        if isinstance(self._sender, Closeable):
            self._sender.close()


def mail_sender(settings: EmailSettings) -> MailSender:
    if settings.resend_api_key is None:
        return ConsoleSender()
    return ResendSender(
        api_key=settings.resend_api_key,
        base_url=settings.resend_base_url,
        pacer=Pacer(settings.resend_calls_per_second, spare=OTHER_WORKERS),
        sender=settings.email_from,
        reply_to=settings.email_reply_to,
    )


def build(section: Mapping[str, str]) -> EmailChannel:
    """See ChannelAdapter. Raises Misconfigured for a section that cannot be understood."""
    settings = EmailSettings.from_section(section)
    render = MailRenderer(settings.web_url, next(iter(settings.unsubscribe_keys), None))
    return EmailChannel(sender=mail_sender(settings), render=render)
