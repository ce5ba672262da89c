"""The delivery pipeline: one worker with an instant provider, and the same two statements by psql."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import event, text

from infra.local.postgres.server import Postgres
from owlpost.db.delivery import deliveries, settle
from owlpost.db.delivery.deliveries import Lease
from owlpost.db.delivery.settle import BatchResult, SettledRow
from owlpost.domain.channels import NOTIFICATION_CHANNELS
from owlpost.domain.clock import utc_now
from owlpost.domain.retry import RetryBounds
from owlpost.queue_messages import Received
from owlpost.services.dead_letter import DeadLetterSink
from owlpost.services.delivery.attempt import DeliveryWorker
from owlpost.services.delivery.messages import DeliveryMessages
from owlpost.services.delivery.release import Release
from tests.bench.delivery_rows import add_deliveries
from tests.bench.figures import Findings, Ratio, Times, take_turns
from tests.bench.plans import table_scans
from tests.bench.profiled import sections
from tests.bench.psql import as_text
from tests.bench.server import Bench, bench_database
from tests.support.adapters import ScriptedAdapter
from tests.support.unread_queues import unread_queues

CHANNEL = NOTIFICATION_CHANNELS["email"]
BATCH, ROUNDS, PROFILED = 100, 80, 20
#: Deliveries that were sent before. In an empty table the planner prefers to scan.
HISTORY = 100_000
FULL = ("notifications", "notification_deliveries")
#: Includes the warm-up rounds of take_turns.
TAKEN = ROUNDS + ROUNDS // 10 + 1
OURS, BY_PSQL = "a batch of 100, worker", "a batch of 100, its two statements by psql"


@dataclass
class Worker:
    """A channel's worker from its messages to its result, with its CPU and statements."""

    bench: Bench
    batches: Iterator[Sequence[UUID]]
    cpu: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        queues = unread_queues()
        worker = DeliveryWorker(
            database=self.bench.database,
            adapter=ScriptedAdapter(),
            channel=CHANNEL,
            bounds=RetryBounds(),
            lease_seconds=35,
            release=Release(self.bench.database, queues, CHANNEL.key, utc_now),
            now=utc_now,
        )
        self._messages = DeliveryMessages(worker, queues, DeadLetterSink(queues, CHANNEL.key), max_receives=8)

    def deliver(self) -> float:
        """Milliseconds for a batch."""
        messages = [Received(str(id_), str(id_), f"receipt-{id_}") for id_ in next(self.batches)]
        begun, used = time.perf_counter(), time.process_time()
        come_back = self._messages.handle(messages, deadline=utc_now() + timedelta(seconds=30))
        self.cpu.append((time.process_time() - used) * 1_000)
        milliseconds = (time.perf_counter() - begun) * 1_000
        if come_back:
            raise Undelivered(come_back)
        return milliseconds


class Undelivered(Exception):
    """Some messages came back, so there is nothing to measure."""


def measure(postgres: Postgres) -> Findings:
    findings = Findings("Delivery pipeline: one worker, a provider that answers at once, batches of 100")
    with bench_database(postgres, "bench_pipeline") as bench:
        _batches(bench, HISTORY // BATCH)
        bench.run("update notification_deliveries set status = 'sent', attempts = 1, batch_id = owlpost_uuid7()")
        worker = Worker(bench, _batches(bench, TAKEN + PROFILED + 1))
        findings.problems.extend(_scans(bench))
        cpu = _compare(bench, worker, findings)
        findings.ratios.append(Ratio("pipeline: statements a batch", _statements(bench, worker), 2))
        findings.times.extend(_split(worker, cpu))
    return findings


def _compare(bench: Bench, worker: Worker, findings: Findings) -> Times:
    """Measure the worker and its floor in turns. Return the worker's CPU."""
    batches = _batches(bench, TAKEN)
    with _server_cpu(bench) as server:
        taken = take_turns({OURS: worker.deliver, BY_PSQL: lambda: _by_psql(bench, next(batches))}, rounds=ROUNDS)
    cpu = Times.of("a batch of 100, CPU of the worker", worker.cpu[-ROUNDS:])
    by_server = Times("a batch of 100, CPU of the worker's Postgres", server[0] / TAKEN, None, TAKEN)
    findings.times.extend([*taken.values(), cpu, by_server])
    findings.notes.append(f"One worker makes {BATCH * 1_000 / taken[OURS].p50:,.0f} deliveries a second.")
    floor = taken[BY_PSQL].p50
    findings.ratios.append(Ratio("pipeline: worker / its two statements by psql", taken[OURS].p50 / floor))
    findings.ratios.append(Ratio("pipeline: CPU of the worker / its two statements by psql", cpu.p50 / floor))
    return cpu


def _batches(bench: Bench, number: int) -> Iterator[Sequence[UUID]]:
    ids = add_deliveries(bench, number * BATCH, channel=CHANNEL.key)
    return iter([ids[start : start + BATCH] for start in range(0, len(ids), BATCH)])


def _by_psql(bench: Bench, ids: Sequence[UUID]) -> float:
    return sum(bench.psql.run(statement) for statement in _with_values(ids).values())


def _scans(bench: Bench) -> list[str]:
    """Return the large tables that a statement would scan."""
    return [
        f"{name}: reads all of {table}"
        for name, statement in _with_values([uuid4() for _ in range(BATCH)]).items()
        for table in table_scans(bench, statement)
        if table in FULL
    ]


def _with_values(ids: Sequence[UUID]) -> dict[str, str]:
    """Return the worker's own statements for these deliveries, with their values."""
    now, lease_id = utc_now(), uuid4()
    claim = deliveries.parameters(ids, CHANNEL, Lease(lease_id, uuid4(), 35))
    history = [{"at": now.isoformat(), "attempt": 1, "status": "sent", "reason": None, "batch_id": str(uuid4())}]
    metadata = {"provider_id": "1", "history": history}
    rows = [SettledRow(id=id_, status="sent", attempt_metadata=metadata) for id_ in ids]
    values = settle.parameters(BatchResult(channel=CHANNEL.key, lease_id=lease_id, rows=rows))
    return {"claim": as_text(deliveries.CLAIM_DELIVERIES, claim), "settle": as_text(settle.SETTLE_DELIVERIES, values)}


def _statements(bench: Bench, worker: Worker) -> int:
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        seen.append(statement)

    event.listen(bench.database.engine, "before_cursor_execute", note)
    worker.deliver()
    event.remove(bench.database.engine, "before_cursor_execute", note)
    return len(seen)


@contextmanager
def _server_cpu(bench: Bench) -> Iterator[list[float]]:
    """Measure the server's CPU for the worker's connection in milliseconds, as Linux counts it."""
    with bench.database.transaction() as connection:
        process = connection.execute(text("select pg_backend_pid()")).scalar_one()
    used = Path(f"/proc/{process}/schedstat")
    begun, spent = int(used.read_text().split()[0]), [0.0]
    yield spent
    spent[0] = (int(used.read_text().split()[0]) - begun) / 1e6


def _split(worker: Worker, cpu: Times) -> list[Times]:
    """Return the shares of the worker's CPU. They are a guide, because a profiler slows down code with many calls."""
    shares = sections(worker.deliver, rounds=PROFILED)
    return [Times(f"CPU of the worker, {name}", share * cpu.p50, None, PROFILED) for name, share in shares.items()]
