"""The e-mail channel's event source and workers: batches as Lambda builds them, messages as SQS keeps them."""

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
    """The result of a run. All processes share one clock."""

    reports: list[Report] = field(default_factory=list)
    #: The first moment without a message waiting for a worker.
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
        """Return mails per second during the backlog: a fitted slope, which the edges of the limit's windows do not distort."""
        accepted = sorted((report.sent_at, report.sent) for report in self.reports if report.sent)
        steady = [each for each in accepted if self.drained is None or each[0] <= self.drained]
        sums = list(accumulate(sent for _, sent in steady))
        return linear_regression([at for at, _ in steady], sums).slope

    @property
    def cpu_seconds(self) -> float:
        """Return the CPU seconds of all workers."""
        last = {report.worker: report.cpu_seconds for report in self.reports}
        return sum(last.values())


@dataclass
class Messages:
    """Visible messages in the order of arrival, and delayed ones."""

    later: list[tuple[float, UUID]] = field(default_factory=list)
    visible: deque[tuple[float, UUID]] = field(default_factory=deque)

    def __bool__(self) -> bool:
        return bool(self.later or self.visible)

    def add(self, id_: UUID, *, at: float) -> None:
        heapq.heappush(self.later, (at, id_))

    def batch(self, *, size: int, window: float) -> list[UUID]:
        """Return the next batch of an event source: a full one, or the messages that arrived before the window closed."""
        now = time.monotonic()
        while self.later and self.later[0][0] <= now:
            self.visible.append(heapq.heappop(self.later))
        if len(self.visible) < size and not (self.visible and now - self.visible[0][0] >= window):
            return []
        return [self.visible.popleft()[1] for _ in range(min(size, len(self.visible)))]


@dataclass(frozen=True, slots=True)
class EventSource:
    """Hands batches to free workers."""

    batches: Batches
    reports: Reports
    workers: int

    def run(self, ids: Sequence[UUID], *, per_second: float | None = None) -> Run:
        """Deliver all messages, present at once or arriving at a rate. Return when all are done."""
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
    """An event source and this many workers of the e-mail channel, each in its own process."""
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
