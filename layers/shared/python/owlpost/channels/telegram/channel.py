"""The Telegram channel: a bot tells each person in the chat that they connected by its link."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from owlpost.channels.adapter import BatchReport, ChannelAdapter, Promises
from owlpost.channels.http_call import HttpCall
from owlpost.channels.per_destination_round import Rounds
from owlpost.channels.telegram.call import TelegramCall
from owlpost.channels.telegram.look import mark
from owlpost.channels.telegram.message import chat_message
from owlpost.channels.telegram.settings import TelegramSettings
from owlpost.channels.telegram.setup import announce, check
from owlpost.domain.findings import Finding
from owlpost.domain.messages import Delivery, DeliveryBatch

LONGEST_CALL_SECONDS = 15.0


def build(section: Mapping[str, str]) -> ChannelAdapter[bytes]:
    """Build the adapter from its section of the environment. Raises Misconfigured for an invalid value."""
    return TelegramChannel(TelegramSettings.from_section(section), HttpCall())


class TelegramChannel:
    """A ChannelAdapter by destination: see `channels.per_destination_round`."""

    #: A message cannot be sent under a key (tdlib/telegram-bot-api#482), and blind retries did send some three times
    #: (python-telegram-bot/python-telegram-bot#1045).
    promises = Promises("twice", most=10)

    def __init__(self, settings: TelegramSettings, client: HttpCall) -> None:
        self.close = client.close
        self._client = client
        self._settings = settings
        self._site = settings.site
        call = TelegramCall(client, settings)
        self._rounds = Rounds(call, settings.seals, repeat="twice", provider="telegram", longest=LONGEST_CALL_SECONDS)

    def check_keys(self, *, deadline: datetime) -> Sequence[Finding]:
        """See KeyChecker."""
        return check(self._settings, self._client, deadline)

    def announce(self, *, deadline: datetime) -> Sequence[Finding]:
        """See Announcing."""
        return [announce(self._settings, self._client, deadline)]

    def render(self, delivery: Delivery) -> bytes:
        """See ChannelAdapter."""
        return chat_message(delivery, self._site)

    def mark(self, content: bytes) -> Mapping[str, object]:
        """See Marking."""
        return mark(content)

    def deliver(self, batch: DeliveryBatch, contents: Mapping[UUID, bytes]) -> BatchReport:
        """See ChannelAdapter."""
        return self._rounds.deliver(batch, contents)
