"""Tells a subscription that was made with another key of ours from a key that a push service refuses altogether."""

import threading
from collections import defaultdict
from dataclasses import field
from uuid import UUID

from owlpost.domain.value import dataclass

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
    """Watches the answers of each push service over all batches of a container, from several threads."""

    _services: defaultdict[str, _Service] = field(default_factory=lambda: defaultdict(_Service))
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def took(self, service: str, *, now: float) -> None:
        """Note that a service took a push of ours."""
        with self._lock:
            known = self._services[service]
            known.taken_at = now
            known.refused.clear()

    def refuses_one(self, service: str, id_: UUID, *, now: float) -> bool:
        """Note that a service refused our key for this subscription. Return whether it takes our key for others."""
        with self._lock:
            known = self._services[service]
            known.refused.add(id_)
            lately = known.taken_at is not None and now - known.taken_at <= SHOWS_FOR
            return lately and len(known.refused) < SHARED_BY
