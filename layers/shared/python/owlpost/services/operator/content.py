"""What one delivery brought to a person, as it was sent: see `channels.looks`."""

from collections.abc import Callable, Mapping
from typing import TypeAlias

from owlpost.channels.looks import Look
from owlpost.domain.channel import Channel
from owlpost.domain.channels import NOTIFICATION_CHANNELS
from owlpost.domain.messages import Delivery
from owlpost.domain.value import dataclass

#: Looks at a delivery over this channel; None where the channel offers none.
LookOf: TypeAlias = Callable[[Channel], Callable[[Delivery], Look] | None]

AS_SENT = "This is what the provider was given, to the letter; tokens are masked."
CHANGED = (
    "What was sent cannot be shown: the template, a setting or the notification has changed since,"
    " and a picture of today would be another one."
)
NOT_KEPT = "What was sent cannot be shown: nothing was kept of it, as an earlier version sent it."
NOT_YET = "It was not sent yet: this is what would be sent now; tokens are masked."
NEVER = "It was not sent, so there is nothing to show."
NO_LOOK = "This channel keeps nothing to look at."
IN_THE_INBOX = "This is what the inbox shows."


@dataclass(frozen=True, slots=True)
class Content:
    """`as_sent` says whether `parts` are what was sent; None if nothing was. `parts` is empty where it cannot be shown."""

    said: str
    as_sent: bool | None
    parts: Mapping[str, object]


def content_of(delivery: Delivery, channel_key: str, status: str, look_of: LookOf) -> Content:
    """Return the content of a delivery in this status, and what it is."""
    channel = NOTIFICATION_CHANNELS.get(channel_key)
    if channel is not None and not channel.queued:
        words = delivery.notification
        return Content(IN_THE_INBOX, as_sent=True, parts={"title": words.title, "body": words.body, "link": words.link})
    look = look_of(channel) if channel else None
    if look is None:
        return Content(NO_LOOK, None, {})
    seen = look(delivery)
    if seen.as_sent is None:
        if status == "pending":
            return Content(NOT_YET, None, seen.parts)
        return Content(NOT_KEPT, as_sent=False, parts={}) if status == "sent" else Content(NEVER, None, {})
    return Content(AS_SENT if seen.as_sent else CHANGED, seen.as_sent, seen.parts)
