"""The Microsoft Teams channel: rooms, by a workflow of Power Automate."""

from collections.abc import Mapping

from owlpost.channels.adapter import ChannelAdapter
from owlpost.channels.room_webhook import Message, RoomWebhookChannel
from owlpost.channels.teams.dialect import DIALECT

#: What each variable means, and its default: docs/environment.md is made of it.
VARIABLES: Mapping[str, tuple[str, str]] = {
    "TEAMS_HOSTS": (
        "hosts that workflows of Teams may have beside Microsoft's, comma-separated; `host:port` for one of one's own network",
        "",
    ),
}


def build(section: Mapping[str, str]) -> ChannelAdapter[Message]:
    """Build the adapter from its section of the environment. Raises Misconfigured for an invalid value."""
    return RoomWebhookChannel(DIALECT, section)
