"""The names of the queues, in one place: a channel's queue is named like the channel."""

from collections.abc import Sequence

from owlpost.domain.channel import Channel
from owlpost.domain.channels import queued_channels

#: Producers' requests, and the chunks of large teams.
REQUESTS = "requests"
#: Messages that tell the scheduled sweep to look for work.
WAKEUP = "wakeup"
#: What the hourly digest knows of its next look, and requests to look sooner.
DIGEST = "digest"

_DEAD_LETTER = "-dlq"
_DEAD_LETTER_VARIABLE = "_dlq"
_VARIABLE = "QUEUE_URL_"


def queue_names(channels: Sequence[Channel] | None = None) -> tuple[str, ...]:
    """Return every queue's name, without the dead-letter queues: by default with the channels that are switched on."""
    queued = queued_channels() if channels is None else channels
    return (REQUESTS, *(channel.key for channel in queued), WAKEUP, DIGEST)


def dead_letter(name: str) -> str:
    """Return the name of a queue's dead-letter queue; a dead-letter queue's own name stays as it is."""
    return name if is_dead_letter(name) else name + _DEAD_LETTER


def is_dead_letter(name: str) -> bool:
    return name.endswith(_DEAD_LETTER)


def url_variable(name: str) -> str:
    """Return the environment variable of a queue's URL: `mobile_push-dlq` → `QUEUE_URL_MOBILE_PUSH_DLQ`."""
    return _VARIABLE + name.upper().replace("-", "_")


def named_by(variable: str) -> str | None:
    """Return the queue whose URL the variable holds: the reverse of `url_variable`. None for any other variable."""
    if not variable.startswith(_VARIABLE):
        return None
    name = variable.removeprefix(_VARIABLE).lower()
    if name.endswith(_DEAD_LETTER_VARIABLE):
        return dead_letter(name.removesuffix(_DEAD_LETTER_VARIABLE))
    return name
