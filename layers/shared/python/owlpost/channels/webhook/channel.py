"""The webhook channel: each notification is posted, signed, to every URL that its person has connected."""

from collections.abc import Mapping
from uuid import UUID

import httpcore

from owlpost.channels.adapter import BatchReport, ChannelAdapter, Promises
from owlpost.channels.guarded import GuardedClient
from owlpost.channels.per_destination_round import Rounds
from owlpost.channels.webhook.call import WebhookCall
from owlpost.channels.webhook.look import mark
from owlpost.channels.webhook.message import notification_body
from owlpost.channels.webhook.settings import WebhookSettings
from owlpost.domain.errors import Misconfigured
from owlpost.domain.messages import Delivery, DeliveryBatch
from owlpost.seals import Seals

#: Seconds for one call: "somewhere between 15 and 30s" (Standard Webhooks 1.0.0, Request timeouts).
LONGEST_CALL_SECONDS = 15.0


def build(section: Mapping[str, str]) -> ChannelAdapter[bytes]:
    """Build the adapter from its section of the environment. Raises Misconfigured for an invalid value."""
    settings = WebhookSettings.from_section(section)
    context = httpcore.default_ssl_context()
    if settings.ca_file:
        try:
            context.load_verify_locations(settings.ca_file)
        except OSError as error:
            raise Misconfigured(f"WEBHOOK_CA_FILE: {error}") from None
    return WebhookChannel(GuardedClient(context, settings.inside), Seals(settings.keys), settings.web_url)


class WebhookChannel:
    """A ChannelAdapter by destination: see `channels.per_destination_round`."""

    #: `webhook-id` is the same in each attempt, by which the receiver knows a repeat.
    promises = Promises("same")

    def __init__(self, client: GuardedClient, seals: Seals, web_url: str = "") -> None:
        self._rounds = Rounds(WebhookCall(client), seals, repeat="same", longest=LONGEST_CALL_SECONDS)
        self._web_url = web_url

    def render(self, delivery: Delivery) -> bytes:
        """See ChannelAdapter."""
        return notification_body(delivery, self._web_url)

    def mark(self, content: bytes) -> Mapping[str, object]:
        """See Marking."""
        return mark(content)

    def deliver(self, batch: DeliveryBatch, contents: Mapping[UUID, bytes]) -> BatchReport:
        """See ChannelAdapter."""
        return self._rounds.deliver(batch, contents)
