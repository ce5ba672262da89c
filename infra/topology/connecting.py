"""What functions need where people connect destinations."""

from collections.abc import Sequence

from owlpost.domain.channel import Channel

#: What seals where people are reached.
SEALING_SETTINGS = ("DESTINATION_KEYS",)


def connecting_settings(channels: Sequence[Channel]) -> tuple[str, ...]:
    """What the API needs where people connect destinations on these channels."""
    own = (each for channel in channels if channel.connect for each in channel.connect.settings)
    return (*SEALING_SETTINGS, *own) if channels else ()


def told_settings(channels: Sequence[Channel]) -> tuple[str, ...]:
    """What the function of events needs where a provider says who has connected on these channels."""
    own = tuple(each for channel in channels if channel.connect for each in channel.connect.told_by)
    return (*own, *SEALING_SETTINGS) if own else ()
