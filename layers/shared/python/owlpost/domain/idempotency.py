"""What makes two requests the same request."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

#: Who gave the key: the producer, or the platform, whose id of the message or invocation covers its own retries.
KeySource: TypeAlias = Literal["producer", "lambda", "sqs"]


@dataclass(frozen=True, slots=True)
class Key:
    """An idempotency key and who gave it. Keys of different sources never meet."""

    source: KeySource
    value: str
