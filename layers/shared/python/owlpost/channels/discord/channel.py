"""The Discord channel: rooms, by a webhook of each."""

from collections.abc import Mapping

from owlpost.channels.adapter import ChannelAdapter
from owlpost.channels.discord.dialect import DIALECT
from owlpost.channels.room_webhook import Message, RoomWebhookChannel

#: What each variable means, and its default: docs/environment.md is made of it.
VARIABLES: Mapping[str, tuple[str, str]] = {
    "DISCORD_HOSTS": (
        "hosts that webhooks of Discord may have beside its own, comma-separated; `host:port` for one of one's own network",
        "",
    ),
}


def build(section: Mapping[str, str]) -> ChannelAdapter[Message]:
    """Build the adapter from its section of the environment. Raises Misconfigured for an invalid value."""
    return RoomWebhookChannel(DIALECT, section)
