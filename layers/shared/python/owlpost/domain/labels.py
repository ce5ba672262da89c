"""What people call a type and a channel, in their language; one that a host has added is called by its label."""

from owlpost.domain.channels import NOTIFICATION_CHANNELS
from owlpost.domain.gathered import SEVERAL
from owlpost.domain.types import NOTIFICATION_TYPE_META
from owlpost.words import Words


def of_type(key: str, words: Words) -> str:
    """Return the name of a type, "Notification" for one that is not known any more."""
    if key == SEVERAL:
        return words("gathered.label")
    kind = NOTIFICATION_TYPE_META.get(key)
    return words.known(f"type.{key}", kind.label) if kind else words("notification")


def said_of_type(key: str, words: Words) -> str:
    """Return the sentence that says what a type of the registry tells of."""
    return words.known(f"type.{key}.said", NOTIFICATION_TYPE_META[key].description)


def of_channel(key: str, words: Words) -> str:
    """Return the name of a channel; its key where it is not switched on any more."""
    channel = NOTIFICATION_CHANNELS.get(key)
    return words.known(f"channel.{key}", channel.label) if channel else key
