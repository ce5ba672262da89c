"""The e-mail channel: by Resend where there is a key, else to the console."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from owlpost.channels.base import Delivery, DeliveryBatch
from owlpost.channels.console import ConsoleSender
from owlpost.channels.email_settings import ADDRESS, EmailSettings
from owlpost.channels.letters import Letter, Mail, MailSender
from owlpost.channels.mail import MailRenderer
from owlpost.channels.pacing import Pacer
from owlpost.channels.resend import ResendSender
from owlpost.channels.resend_answers import REFUSED_WHOLE
from owlpost.domain.outcomes import Failed, Outcome, Retry, Skipped


class EmailChannel:
    """A ChannelAdapter: one call for the batch, under the batch's id.

    A call that was refused as a whole leaves its deliveries marked; each of them then goes by a call of its own, so that the
    one at fault fails alone.
    """

    def __init__(self, *, sender: MailSender, render: Callable[[Delivery], Mail]) -> None:
        self._sender = sender
        self._render = render

    def deliver(self, batch: DeliveryBatch) -> Mapping[UUID, Outcome]:
        outcomes: dict[UUID, Outcome] = {}
        letters: dict[UUID, Letter] = {}
        alone: list[Delivery] = []
        for delivery in batch.deliveries:
            if not delivery.address:
                outcomes[delivery.id] = Skipped("no_address")
            elif not ADDRESS.fullmatch(delivery.address):
                outcomes[delivery.id] = Failed("invalid_address")
            elif delivery.metadata.get(REFUSED_WHOLE):
                alone.append(delivery)
            else:
                letters[delivery.id] = Letter(delivery.address, self._render(delivery))
        if letters:
            told = self._sender.send(tuple(letters.values()), key=str(batch.id), deadline=batch.deadline)
            outcomes |= {id_: _marked_if_refused(outcome) for id_, outcome in zip(letters, told, strict=True)}
        return outcomes | self._deliver_alone(alone, batch)

    def _deliver_alone(self, deliveries: Sequence[Delivery], batch: DeliveryBatch) -> dict[UUID, Outcome]:
        outcomes: dict[UUID, Outcome] = {}
        for delivery in deliveries:
            letter = Letter(delivery.address or "", self._render(delivery))
            [outcome] = self._sender.send([letter], key=f"{batch.id}/{delivery.id}", deadline=batch.deadline)
            outcomes[delivery.id] = _marked(outcome) if isinstance(outcome, Retry) else outcome
        return outcomes


def _marked_if_refused(outcome: Outcome) -> Outcome:
    return _marked(outcome) if isinstance(outcome, Retry) and outcome.fault.reason == REFUSED_WHOLE else outcome


def _marked(outcome: Retry) -> Retry:
    return replace(outcome, metadata={**outcome.metadata, REFUSED_WHOLE: True})


def mail_sender(settings: EmailSettings) -> MailSender:
    if settings.resend_api_key is None:
        return ConsoleSender()
    return ResendSender(
        api_key=settings.resend_api_key,
        base_url=settings.resend_base_url,
        pacer=Pacer(settings.resend_calls_per_second),
        sender=settings.email_from,
        reply_to=settings.email_reply_to,
    )


def build(section: Mapping[str, str]) -> EmailChannel:
    """See ChannelAdapter. Raises Misconfigured for a section that cannot be understood."""
    settings = EmailSettings.from_section(section)
    render = MailRenderer(settings.web_url, next(iter(settings.unsubscribe_keys), None))
    return EmailChannel(sender=mail_sender(settings), render=render)
