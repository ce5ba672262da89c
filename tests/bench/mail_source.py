"""The e-mail channel's event source and its workers: batches as Lambda makes them, messages as SQS keeps them."""

import heapq
import multiprocessing
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import accumulate
from queue import Empty
from statistics import linear_regression
from uuid import UUID

from infra.topology.plan import topology
from tests.bench.mail_worker import Batches, Call, Report, Reports, work
from tests.bench.server import Bench

LOOK_SECONDS = 0.01


@dataclass
class Run:
    """What became of a run. Times are of the one clock that all processes share."""

    reports: list[Report] = field(default_factory=list)
    #: When for the first time no message waited for a worker.
    drained: float | None = None

    @property
    def calls(self) -> list[Call]:
        return [call for report in self.reports for call in report.calls]

    @property
    def mails(self) -> int:
        return sum(report.sent for report in self.reports)

    @property
    def refused(self) -> int:
        return sum(call.status == 429 for call in self.calls)

    @property
    def mails_per_second(self) -> float:
        """While there was a backlog: the slope of what was accepted over time, which no edge of a window bends."""
        accepted = sorted((report.sent_at, report.sent) for report in self.reports if report.sent)
        steady = [each for each in accepted if self.drained is None or each[0] <= self.drained]
        sums = list(accumulate(sent for _, sent in steady))
        return linear_regression([at for at, _ in steady], sums).slope

    @property
    def cpu_seconds(self) -> float:
        """What all workers used."""
        last = {report.worker: report.cpu_seconds for report in self.reports}
        return sum(last.values())


@dataclass
class Messages:
    """Those that can be seen, in the order in which they came, and those that come later."""

    later: list[tuple[float, UUID]] = field(default_factory=list)
    visible: deque[tuple[float, UUID]] = field(default_factory=deque)

    def __bool__(self) -> bool:
        return bool(self.later or self.visible)

    def add(self, id_: UUID, *, at: float) -> None:
        heapq.heappush(self.later, (at, id_))

    def batch(self, *, size: int, window: float) -> list[UUID]:
        """What an event source would hand over now: a full batch, or what came before its window closed."""
        now = time.monotonic()
        while self.later and self.later[0][0] <= now:
            self.visible.append(heapq.heappop(self.later))
        if len(self.visible) < size and not (self.visible and now - self.visible[0][0] >= window):
            return []
        return [self.visible.popleft()[1] for _ in range(min(size, len(self.visible)))]


@dataclass(frozen=True, slots=True)
class EventSource:
    """Hands batches over to as many workers as are free."""

    batches: Batches
    reports: Reports
    workers: int

    def run(self, ids: Sequence[UUID], *, per_second: float | None = None) -> Run:
        """All of these messages, there at once or coming so many a second, until all have done their work."""
        run, messages, under_way, began = Run(), Messages(), 0, time.monotonic()
        plan = next(source for source in topology().event_sources if source.queue == "email")
        for place, id_ in enumerate(ids):
            messages.add(id_, at=began + (place / per_second if per_second else 0))
        while messages or under_way:
            while under_way < self.workers and (batch := messages.batch(size=plan.batch_size, window=plan.window)):
                self.batches.put(batch)
                under_way += 1
            if run.drained is None and not messages.visible and per_second is None:
                run.drained = time.monotonic()
            if report := self._report():
                under_way -= 1
                run.reports.append(report)
                for id_, seconds in report.waits.items():
                    messages.add(id_, at=time.monotonic() + seconds)
        return run

    def _report(self) -> Report | None:
        try:
            return self.reports.get(timeout=LOOK_SECONDS)
        except Empty:
            return None


@contextmanager
def event_source(bench: Bench, section: Mapping[str, str], *, workers: int) -> Iterator[EventSource]:
    """So many workers of the e-mail channel, each a process, and the event source before them."""
    context = multiprocessing.get_context("spawn")
    batches, reports = context.Queue(), context.Queue()
    server = {"host": bench.postgres.host, "port": bench.postgres.port, "name": bench.name, "user": bench.postgres.user}
    processes = [context.Process(target=work, args=(server, section, batches, reports)) for _ in range(workers)]
    for process in processes:
        process.start()
    try:
        yield EventSource(batches, reports, workers)
    finally:
        for _ in processes:
            batches.put(None)
        for process in processes:
            process.join()
