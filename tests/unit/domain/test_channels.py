"""The registry of channels."""

import pytest

from owlpost.domain.channel import Channel
from owlpost.domain.channels import NOTIFICATION_CHANNELS
from owlpost.domain.optional_channels import OPTIONAL_CHANNELS

EVERY = [*NOTIFICATION_CHANNELS.values(), *OPTIONAL_CHANNELS.values()]


@pytest.mark.parametrize("channel", EVERY, ids=lambda each: each.key)
def test_a_worker_can_keep_its_adapter_by_the_channel(channel: Channel) -> None:
    """Parts of a sandbox are kept by their arguments: a channel that has no hash would fail at its first delivery."""
    assert {channel: "kept"}[channel] == "kept"
