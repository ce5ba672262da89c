"""Doubts a push service that calls too many subscriptions gone at once, by the numbers of `owlpost.domain.mass_death`.

What is wrong then is at the service, or at us. The watch is of one container and its memory: at most as many die as it takes to
notice, and each of them lives again once its browser opens a page. A wave that is true ends by itself: what was doubted is
believed when it is called gone again later.
"""

import threading
from collections import defaultdict, deque
from dataclasses import field
from datetime import datetime
from uuid import UUID

from owlpost.domain.mass_death import DOUBT_LASTS, WINDOW, Tally, is_confirmed
from owlpost.domain.value import dataclass

#: Of a service, and of doubts: the oldest are forgotten, so that a container's memory has an end.
MOST = 10_000


@dataclass(frozen=True, slots=True)
class _Try:
    at: datetime
    id: UUID
    is_first_death: bool


@dataclass
class DeathWatch:
    """Watches the answers of each push service over all batches of a container, from several threads."""

    _tries: defaultdict[str, deque[_Try]] = field(default_factory=lambda: defaultdict(lambda: deque(maxlen=MOST)))
    _doubted: dict[UUID, datetime] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, service: str, id_: UUID, *, is_dead: bool, at: datetime) -> None:
        """Note that a service has judged a subscription."""
        with self._lock:
            is_first = is_dead and not is_confirmed(self._doubted.get(id_), at)
            self._tries[service].append(_Try(at, id_, is_first))

    def doubted(self, at: datetime) -> frozenset[UUID]:
        """Return the subscriptions that were called gone lately by a service that is doubted now."""
        with self._lock:
            found: set[UUID] = set()
            for tries in self._tries.values():
                while tries and at - tries[0].at > WINDOW:
                    tries.popleft()
                dead = {each.id for each in tries if each.is_first_death}
                if Tally(len({each.id for each in tries}), len(dead)).is_mass_death:
                    found |= dead
            self._remember(found, at)
            return frozenset(found)

    def _remember(self, found: set[UUID], at: datetime) -> None:
        for id_ in [id_ for id_, since in self._doubted.items() if at - since > DOUBT_LASTS]:
            del self._doubted[id_]
        for id_ in found:
            self._doubted.setdefault(id_, at)
        while len(self._doubted) > MOST:
            del self._doubted[next(iter(self._doubted))]
