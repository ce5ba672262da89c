"""What makes two requests the same request."""

from typing import Literal, Self, TypeAlias

from owlpost.domain.value import dataclass

#: Who gave the key: a producer that did not give its name, one that did, or the platform, whose id of the message,
#: invocation or outbox row covers its own retries.
KeySource: TypeAlias = Literal["producer", "named", "lambda", "sqs", "outbox"]


@dataclass(frozen=True, slots=True)
class Key:
    """An idempotency key, who gave it, and the scope in which it is unique. Keys of different sources or scopes never meet."""

    source: KeySource
    value: str
    scope: str = ""

    @classmethod
    def of_producer(cls, value: str, *, producer: str | None, type_: str) -> Self:
        """Return a producer's key: unique for its name and the type, or among all producers that give no name."""
        return cls("named", value, f"{producer} {type_}") if producer else cls("producer", value)

    @property
    def stored(self) -> str:
        """The key as the receipt holds it. A scope's parts have no space in them, so no two keys have one text."""
        return f"{self.scope} {self.value}" if self.scope else self.value
