"""What a channel is: how it reaches people, what it needs, and what its adapter promises."""

from collections.abc import Collection
from typing import Literal, TypeAlias

from owlpost.domain.connect import Connect
from owlpost.domain.value import dataclass

#: Where a channel reaches people: in the inbox, at `users.email`, on each of their registered devices, at each of the
#: destinations that they connected themselves, or at one address that the installation sets.
Reach: TypeAlias = Literal["inbox", "mail_address", "devices", "destinations", "installation"]
#: In place of a channel in `defaults_like`.
EVERY = "*"


@dataclass(frozen=True, slots=True)
class Credential:
    """What a provider asks for: where one of `variables` is not set, deliveries over it end by `otherwise`.

    `provider` is its name in reports and pauses. `platform` is that of the devices it serves, None where it serves the whole
    channel. `replaced` is whether something takes its place without it, as the log does for mail; else deliveries are skipped.
    """

    variables: tuple[str, ...]
    otherwise: str
    provider: str
    platform: str | None = None
    replaced: bool = False
    #: Variables of other providers for the same: one that is set does as well.
    instead: tuple[str, ...] = ()

    def given_by(self, configured: Collection[str]) -> bool:
        """Return whether these variables are what the provider, or another in its place, asks for."""
        return set(self.variables) <= set(configured) or bool(set(self.instead) & set(configured))


@dataclass(frozen=True, slots=True)
class Channel:
    """A way to notify a person.

    `adapter` names the module whose `build(section)` makes the channel's adapter; None if a delivery is done as soon as its
    row is written. `settings` lists the prefixes of the environment variables that the adapter may see.
    """

    key: str
    label: str
    adapter: str | None = None
    settings: tuple[str, ...] = ()
    credentials: tuple[Credential, ...] = ()
    #: The three that follow are what the adapter promises: see `channels.adapter.Promises`.
    #: The provider takes many deliveries in one call under one idempotency key, so a batch keeps its members in retries.
    freezes_batches: bool = False
    #: A repeat of a call tells the person twice, so an unknown outcome ends the delivery.
    twice: bool = False
    #: Deliveries that one claim takes: with `twice`, a worker that dies leaves as many unknown.
    most: int = 100
    reach: Reach = "installation"
    #: On by default for each type for which this channel is, or for EVERY type; None: for those types alone that name it.
    defaults_like: str | None = None
    #: How people connect it, where it goes to destinations.
    connect: Connect | None = None
    #: One of its variables that is a secret which a deployment makes, and keeps.
    generated: str | None = None

    @property
    def queued(self) -> bool:
        return self.adapter is not None

    @property
    def by_address(self) -> bool:
        """Whether deliveries go to `users.email`; suppressed addresses are then skipped."""
        return self.reach == "mail_address"

    @property
    def by_device(self) -> bool:
        """Whether deliveries go to each of the person's registered devices."""
        return self.reach == "devices"

    @property
    def by_destination(self) -> bool:
        """Whether deliveries go to each of the person's live destinations. Nobody without one has a delivery."""
        return self.reach == "destinations"

    @property
    def for_people(self) -> bool:
        """Whether somebody may connect it for themselves: else it reaches teams' rooms alone, and nobody chooses it."""
        return self.connect is None or any(kind.owned_by == "person" for kind in self.connect.kinds)
