"""The Slack channel: a person's direct messages from our app, a team's channel, or an incoming webhook of one."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from owlpost.channels.adapter import BatchReport, ChannelAdapter, Promises
from owlpost.channels.http_call import HttpCall
from owlpost.channels.per_destination_round import Rounds
from owlpost.channels.slack.call import SlackCall
from owlpost.channels.slack.key_check import check_keys
from owlpost.channels.slack.look import mark
from owlpost.channels.slack.message import Message, content
from owlpost.channels.slack.settings import SlackSettings
from owlpost.domain.findings import Finding
from owlpost.domain.messages import Delivery, DeliveryBatch

LONGEST_CALL_SECONDS = 10.0


def build(section: Mapping[str, str]) -> ChannelAdapter[Message]:
    """Build the adapter from its section of the environment. Raises Misconfigured for an invalid value."""
    return SlackChannel(SlackSettings.from_section(section))


class SlackChannel:
    """A ChannelAdapter by destination: see `channels.per_destination_round`."""

    #: Nothing lets Slack know a repeat: asked for since 2018 [slackapi/slack-api-specs#10].
    promises = Promises("twice", most=10)

    def __init__(self, settings: SlackSettings) -> None:
        self._settings = settings
        self._client = HttpCall()
        self.close = self._client.close
        call = SlackCall(self._client, settings.base_url, settings.token)
        self._wording = settings.wording
        self._rounds = Rounds(call, settings.seals, provider="slack", longest=LONGEST_CALL_SECONDS)

    def check_keys(self, *, deadline: datetime) -> Sequence[Finding]:
        """See KeyChecker."""
        return check_keys(self._settings, self._client, deadline)

    def render(self, delivery: Delivery) -> Message:
        """See ChannelAdapter."""
        return content(delivery, self._wording)

    def mark(self, made: Message) -> Mapping[str, object]:
        """See Marking."""
        return mark(made)

    def deliver(self, batch: DeliveryBatch, contents: Mapping[UUID, Message]) -> BatchReport:
        """See ChannelAdapter."""
        return self._rounds.deliver(batch, contents)
