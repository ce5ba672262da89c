"""The interface of a channel's adapter. Adapters never query the database: the service loads everything they need."""

from collections.abc import Mapping, Sequence
from dataclasses import field
from datetime import datetime
from typing import Any, Literal, Protocol, TypeVar, runtime_checkable
from uuid import UUID

from owlpost.domain.findings import Finding
from owlpost.domain.mass_death import Deaths
from owlpost.domain.messages import Badge, Delivery, DeliveryBatch
from owlpost.domain.outcomes import Outcome
from owlpost.domain.value import dataclass

#: What an adapter makes of one delivery before it calls its provider: a mail, the body of a push.
Content = TypeVar("Content")


@dataclass(frozen=True, slots=True)
class BatchReport:
    """The outcome of each delivery, and the state of each provider that answered.

    `providers` maps the name of a provider (as in `domain.channels.Credential`) to None if it takes our calls, or to the reason
    code if it refuses our key, topic, domain or account. A provider that was not called, or that gave no usable answer
    (a timeout, a 429, a 5xx), is missing from the mapping. `deaths` are for the guard against mass death.
    """

    outcomes: Mapping[UUID, Outcome]
    providers: Mapping[str, str | None] = field(default_factory=dict)
    deaths: tuple[Deaths, ...] = ()


class ChannelAdapter(Protocol[Content]):
    """One way to reach people; its module offers `build(section: Mapping[str, str]) -> ChannelAdapter`.

    The section holds the environment variables that the registry lets the channel see. `build` raises Misconfigured for a
    malformed setting. Missing credentials are no error for a channel whose deliveries are then `skipped`.
    """

    def render(self, delivery: Delivery) -> Content:
        """Make what is sent from one delivery, without any I/O.

        The service calls it for each delivery before the provider is called. An exception ends this delivery alone,
        `failed` with `render_error`. Return equal content for equal deliveries: a frozen batch is sent again unchanged.
        """
        ...

    def deliver(self, batch: DeliveryBatch, contents: Mapping[UUID, Content]) -> BatchReport:
        """Try every delivery of the batch once. `contents` holds one entry for each delivery.

        A fault of one delivery is an outcome. An exception is about the whole batch: a TransientFault or PermanentFault
        says how to go on, and any other exception counts as an ambiguous transient fault.
        """
        ...


@runtime_checkable
class Marking(Protocol):
    """An adapter whose contents can be known again, so that an operator can be shown what was sent: see `looks`."""

    def mark(self, content: Any) -> Mapping[str, object]:
        """Return what the delivery's row keeps of its content: fingerprints, and what no other row says. No secrets."""
        ...


@dataclass(frozen=True, slots=True)
class Promises:
    """What a provider promises of a repeated call.

    `repeat`: with "same" the provider or the receiver recognises it, with "replaces" it takes the place of the first on the
    screen, and with "twice" the person is told twice, so that an unknown outcome ends the delivery. `freezes`: many deliveries
    go in one call under one idempotency key, so a batch keeps its members in retries. `most`: deliveries that one claim takes.
    """

    repeat: Literal["same", "replaces", "twice"]
    freezes: bool = False
    most: int = 100


#: Of an adapter that promises nothing: the safe reading.
NO_PROMISES = Promises("twice", most=10)


@runtime_checkable
class Promising(Protocol):
    """An adapter that says what its provider promises. Of others, NO_PROMISES hold."""

    @property
    def promises(self) -> Promises: ...


@runtime_checkable
class BadgeAdapter(Protocol):
    """An adapter that can also set the unread count on the app's icon."""

    def show_unread(self, badges: Sequence[Badge], *, deadline: datetime) -> int:
        """Set the number on the icons of these devices without a sound. Return how many succeeded; failures are not retried."""
        ...


@runtime_checkable
class Announcing(Protocol):
    """An adapter whose provider has to be told once where its events go."""

    def announce(self, *, deadline: datetime) -> Sequence[Finding]:
        """Tell it, as often as one likes. Return what came of it."""
        ...


@runtime_checkable
class KeyChecker(Protocol):
    """An adapter that can ask its providers whether they take its keys, by calls that tell nobody anything."""

    def check_keys(self, *, deadline: datetime) -> Sequence[Finding]:
        """Return a finding for each provider of the channel, one without a key as well."""
        ...
