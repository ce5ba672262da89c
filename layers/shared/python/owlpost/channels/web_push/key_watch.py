"""Tells a subscription that was made with another key of ours from a key that a push service refuses altogether."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

#: Seconds for which a push that a service took shows that it takes our key.
SHOWS_FOR = 600.0
#: So many subscriptions refused, and none taken in between, are no coincidence.
SHARED_BY = 5


@dataclass
class _Service:
    taken_at: float | None = None
    refused: set[UUID] = field(default_factory=set)


@dataclass
class KeyWatch:
    """Watches the answers of each push service over all batches of a container."""

    _services: defaultdict[str, _Service] = field(default_factory=lambda: defaultdict(_Service))

    def note(self, service: str, *, taken: int, refused: Iterable[UUID], now: float) -> None:
        """Note how many of a batch a service took, and which subscriptions it refused for our key."""
        known = self._services[service]
        if taken:
            known.taken_at = now
            known.refused.clear()
        known.refused.update(refused)

    def is_of_another_key(self, service: str, *, now: float) -> bool:
        """Return whether what the service refuses is the subscription's fault: others of the same service are taken."""
        known = self._services[service]
        lately = known.taken_at is not None and now - known.taken_at <= SHOWS_FOR
        return lately and len(known.refused) < SHARED_BY
