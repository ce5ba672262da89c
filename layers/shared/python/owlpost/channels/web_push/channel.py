"""The web push channel: each notification goes to every browser that its person has subscribed with."""

from collections.abc import Mapping
from uuid import UUID

import httpcore

from owlpost.channels.adapter import BatchReport, ChannelAdapter, Promises
from owlpost.channels.guarded import GuardedClient
from owlpost.channels.per_destination_round import Rounds
from owlpost.channels.replies import Poster
from owlpost.channels.web_push.call import WebPushCall
from owlpost.channels.web_push.look import mark
from owlpost.channels.web_push.message import push_message
from owlpost.channels.web_push.settings import WebPushSettings
from owlpost.channels.web_push.vapid import Vapid, key_of
from owlpost.domain.messages import Delivery, DeliveryBatch

#: Seconds for one call: a push service answers within one, or is in trouble.
LONGEST_CALL_SECONDS = 10.0


def build(section: Mapping[str, str]) -> ChannelAdapter[bytes]:
    """Build the adapter from its section of the environment. Raises Misconfigured for an invalid value."""
    settings = WebPushSettings.from_section(section)
    return WebPushChannel(settings, GuardedClient(httpcore.default_ssl_context(), settings.inside))


class WebPushChannel:
    """A ChannelAdapter by destination: see `channels.per_destination_round`."""

    #: `topic` has a repeat take the place of the first at the push service, and the worker's `tag` on the screen.
    promises = Promises("replaces")

    def __init__(self, settings: WebPushSettings, client: Poster) -> None:
        vapid = Vapid(key_of(settings.secret), settings.subject) if settings.secret else None
        call = WebPushCall(client, vapid)
        doubted = call.deaths.doubted
        self._rounds = Rounds(call, settings.seals, repeat="replaces", longest=LONGEST_CALL_SECONDS, doubted=doubted)

    def render(self, delivery: Delivery) -> bytes:
        """See ChannelAdapter."""
        return push_message(delivery)

    def mark(self, content: bytes) -> Mapping[str, object]:
        """See Marking."""
        return mark(content)

    def deliver(self, batch: DeliveryBatch, contents: Mapping[UUID, bytes]) -> BatchReport:
        """See ChannelAdapter."""
        return self._rounds.deliver(batch, contents)
