"""A producer at a steady rate, and the backlog between its calls and the provider."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from statistics import mean
from threading import Event, Thread
from uuid import UUID, uuid4

from owlpost.client import NotificationClient
from owlpost.domain.requests import ByIds, ByTeam, EnqueueRequest
from tests.bench.fan_out_rows import BODY, LINK, TITLE, TYPE
from tests.bench.running import PRODUCERS

LOOK_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Call:
    """The time of a producer's call in epoch seconds, and its duration in milliseconds."""

    at: float
    took: float


@dataclass
class Producer:
    """`calls` are by idempotency key. `told` counts the people named so far."""

    client: NotificationClient
    kind: str = TYPE
    calls: dict[str, Call] = field(default_factory=dict)
    told: int = 0

    def tell(self, user_ids: Sequence[UUID]) -> None:
        self._tell(ByIds(user_ids=tuple(user_ids)), people=len(user_ids))

    def tell_team(self, team_id: UUID, people: int) -> None:
        self._tell(ByTeam(team_id=team_id), people=people)

    def _tell(self, recipients: ByIds | ByTeam, *, people: int) -> None:
        key = f"bench:{uuid4()}"
        request = EnqueueRequest(
            type=self.kind, recipients=recipients, title=TITLE, body=BODY, link=LINK, idempotency_key=key
        )
        at, began = time.time(), time.perf_counter()
        self.client.notify(request)
        self.calls[key] = Call(at, (time.perf_counter() - began) * 1_000)
        self.told += people

    def tell_steadily(self, groups: Sequence[Sequence[UUID]], *, every: float) -> None:
        """Start a call per group, one `every` this many seconds, whether or not the last call has ended."""
        began = time.monotonic()
        with ThreadPoolExecutor(PRODUCERS) as producers:
            for number, group in enumerate(groups):
                time.sleep(max(0.0, began + number * every - time.monotonic()))
                producers.submit(self.tell, group)


class Backlog:
    """Measures the backlog twice a second during a `with` block."""

    def __init__(self, waiting: Callable[[], int]) -> None:
        self._waiting = waiting
        self._over = Event()
        self._seen: list[int] = []
        self._watch = Thread(target=self._run, daemon=True)

    def __enter__(self) -> "Backlog":
        self._watch.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._watch.join()

    def _run(self) -> None:
        while not self._over.wait(LOOK_SECONDS):
            self._seen.append(self._waiting())

    @property
    def growth(self) -> float:
        """Return the backlog of the last third of the time, divided by that of the middle third."""
        third = len(self._seen) // 3
        return mean(self._seen[-third:]) / max(mean(self._seen[third:-third]), 1.0)
