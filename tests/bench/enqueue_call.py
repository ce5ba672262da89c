"""A whole enqueue, rows stored and messages queued, against the emulator's highest rate of messages."""

from collections.abc import Callable, Mapping, Sequence

from sqlalchemy import text

from infra.local.postgres.server import Postgres
from infra.local.sqs.emulator import Emulator
from infra.topology.plan import topology
from tests.bench.fan_out_rows import add_audience
from tests.bench.figures import Contender, Findings, Ratio, take_turns, timed
from tests.bench.server import Bench, bench_database
from tests.bench.sqs import bench_emulator, send_at_ceiling, send_through_boto3
from tests.bench.workers import Audience, Workers

REACH, REACH_BARE = 1.3, 1.5
ROUNDS = {1_000: 10, 10_000: 4, 100_000: 2}
PENDING = text("select channel, count(*) from notification_deliveries where status = 'pending' group by channel")


def measure(postgres: Postgres, sizes: Sequence[int]) -> Findings:
    findings = Findings("Enqueue to the end of the call: × 3 channels, 20 % with overrides, all messages queued")
    with bench_emulator() as emulator:
        urls = emulator.ensure_queues(topology().queues)
        for size in sizes:
            with bench_database(postgres, f"bench_enqueue_{size}") as bench:
                _measure(bench, emulator, urls, size, findings)
    return findings


def _measure(bench: Bench, emulator: Emulator, urls: Mapping[str, str], size: int, findings: Findings) -> None:
    audience = Audience(*add_audience(bench, size))
    bench.settle()
    with Workers(bench, urls) as workers:
        workers.tell(audience)  # opens the connections and shows the number of messages
        with bench.database.transaction() as connection:
            messages = {urls[channel]: number for channel, number in connection.execute(PENDING)}
        _purge(emulator, urls)
        ours = f"{size:,} people, the whole call"
        ceiling, bare = (
            f"{size:,} people, the messages alone, boto3",
            f"{size:,} people, the messages alone, bare calls",
        )
        taken = take_turns(
            {
                ours: _purging(emulator, urls, lambda: workers.tell(audience)),
                ceiling: _purging(emulator, urls, lambda: send_through_boto3(emulator, messages)),
                bare: _purging(emulator, urls, lambda: send_at_ceiling(emulator, messages)),
            },
            rounds=ROUNDS[size],
        )
    findings.times.extend(taken.values())
    findings.ratios.extend(
        [
            Ratio(f"enqueue {size:,}: call / SendMessageBatch by boto3", taken[ours].p50 / taken[ceiling].p50, REACH),
            Ratio(f"enqueue {size:,}: call / SendMessageBatch bare", taken[ours].p50 / taken[bare].p50, REACH_BARE),
        ]
    )


def _purging(emulator: Emulator, urls: Mapping[str, str], work: Callable[[], None]) -> Contender:
    """Measure in rounds. The emulator is emptied after each round, because a backlog slows it down."""

    def contender() -> float:
        took = timed(work)()
        _purge(emulator, urls)
        return took

    return contender


def _purge(emulator: Emulator, urls: Mapping[str, str]) -> None:
    client = emulator.client()
    for url in urls.values():
        client.purge_queue(QueueUrl=url)
