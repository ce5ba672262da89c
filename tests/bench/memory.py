"""Memory: the peak of each function at its batch size, and its growth with the audience.

Each figure comes from a fresh process: the peak after the import, and the growth through events.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import text

from infra.local.postgres.server import Postgres
from infra.topology.model import Function
from tests.bench.cloud import Cloud, local_cloud
from tests.bench.figures import Findings, Ratio, Times
from tests.bench.layers import Layers, Run, built_layers
from tests.support.people import add_team

#: Batches that one warm worker handles in a row.
BATCHES = 3
#: Batches after which nothing more is to be held.
FEW, MANY = 5, 80
#: The largest team of one transaction. Larger teams continue in chunks of this size.
ONE_CHUNK = 10_000
#: A larger audience may add this much, which is noise.
REACH = 1.1


@dataclass(frozen=True, slots=True)
class Weighing:
    cloud: Cloud
    layers: Layers
    findings: Findings

    def weigh(self, name: str, events: Sequence[object], what: str) -> tuple[Run, float]:
        """Run the function. Return its peak and its growth after the import, in MiB."""
        function = self.cloud.plan.function(name)
        run = self.layers.run(function.entry, events, environment=self.cloud.environment(function), seconds=300)
        imported, peak = run.steps[0].peak / 1024, run.steps[-1].peak / 1024
        self.findings.times.append(Times(f"{name}, {what}: peak", peak, None, len(events)))
        self.findings.times.append(Times(f"{name}, {what}: more than imported", peak - imported, None, len(events)))
        return run, peak - imported

    def compare(self, what: str, more: float, less: float, reach: float | None = REACH) -> None:
        self.findings.ratios.append(Ratio(f"memory {what}", more / less, reach))


def measure(postgres: Postgres, *, large: bool) -> Findings:
    findings = Findings("Memory: peak of a fresh process", unit="MiB on this machine")
    with local_cloud(postgres, "bench_memory") as cloud, built_layers() as layers:
        weighing = Weighing(cloud, layers, findings)
        for function in cloud.plan.functions:
            weighing.weigh(function.name, _batches(cloud, function), "at its batch size")
        _by_time(weighing)
        _by_audience(weighing, [100_000, *([1_000_000] if large else [])])
        _housekeeping(weighing)
    return findings


def _batches(cloud: Cloud, function: Function) -> list[Any]:
    """Return full batches for functions that read a queue, single events for the others."""
    sizes = {source.function: source.batch_size for source in cloud.plan.event_sources}
    if function.name not in sizes:
        return [cloud.event(function) for _ in range(BATCHES)]
    size = sizes[function.name]
    people = _members(cloud, add_team(cloud.bench.database, members=100))
    if function.name == "enqueue":
        return [cloud.messages("requests", [json.dumps(cloud.request(people))] * size) for _ in range(BATCHES)]
    channel = function.environment["DELIVERY_CHANNEL"]
    return [cloud.messages(channel, cloud.pending(channel, people)[:size]) for _ in range(BATCHES)]


def _by_time(weighing: Weighing) -> None:
    """Weigh workers that stay warm for long: what batches leave behind is found in time."""
    cloud = weighing.cloud
    people = _members(cloud, add_team(cloud.bench.database, members=100))
    for name in ("deliver-email", "deliver-mobile_push"):
        channel = cloud.plan.function(name).environment["DELIVERY_CHANNEL"]
        grown = []
        for batches in (FEW, MANY):
            events = [cloud.messages(channel, cloud.pending(channel, people)[:100]) for _ in range(batches)]
            grown.append(weighing.weigh(name, events, f"{batches} batches in a row")[1])
        weighing.compare(f"{name}: {MANY} batches / {FEW}", grown[1], grown[0])


def _by_audience(weighing: Weighing, sizes: Sequence[int]) -> None:
    cloud = weighing.cloud
    one_chunk = _audience(cloud, ONE_CHUNK)
    ids = _members(cloud, one_chunk)
    _, few = weighing.weigh("enqueue", [cloud.request(ids[:1_000])], "1,000 people by id")
    _, most = weighing.weigh("enqueue", [cloud.request(ids)], "10,000 people by id, the most that a request may name")
    weighing.compare("enqueue: 10,000 people by id / 1,000", most, few, None)
    _, base = weighing.weigh("enqueue", [_to_team(one_chunk)], f"a team of {ONE_CHUNK:,}")
    for size in sizes:
        run, first = weighing.weigh(
            "enqueue", [_to_team(_audience(cloud, size))], f"a team of {size:,}, its first chunk"
        )
        weighing.compare(f"enqueue: a team of {size:,} / {ONE_CHUNK:,}", first, base)
        chunk = json.dumps({"continue_request": run.answer["request_id"], "chunk": 1})
        _, later = weighing.weigh(
            "enqueue", [cloud.messages("requests", [chunk])], f"a team of {size:,}, a later chunk"
        )
        weighing.compare(f"enqueue: a later chunk of a team of {size:,} / a team of {ONE_CHUNK:,}", later, base)


def _housekeeping(weighing: Weighing) -> None:
    """Measure scheduled functions with little and with much work."""
    bench = weighing.cloud.bench
    bench.run("update notification_deliveries set status = 'skipped' where status = 'pending'")
    swept: list[float] = []
    for stuck in (1_000, 10_000):
        bench.run(f"""
            update notification_deliveries set status = 'pending', queued_at = now() - interval '1 day' where id in (
              select id from notification_deliveries where channel = 'email' and status = 'skipped' limit {stuck}
            )
        """)
        swept.append(weighing.weigh("sweep", [{}], f"{stuck:,} deliveries stuck")[1])
    weighing.compare("sweep: 10,000 deliveries stuck / 1,000", swept[1], swept[0])
    _, nothing = weighing.weigh("cleanup", [{}], "nothing to delete")
    bench.run("update notifications set created_at = now() - interval '1 year'")
    _, much = weighing.weigh("cleanup", [{}], "all notifications past their retention")
    weighing.compare("cleanup: all notifications / none", much, nothing)


def _to_team(team_id: UUID) -> dict[str, object]:
    return {"type": "feedback.new", "recipients": {"team_id": str(team_id)}, "title": "New feedback", "body": "Good."}


def _audience(cloud: Cloud, size: int) -> UUID:
    """Insert a team of this many people without phones, by one statement."""
    team_id = uuid4()
    cloud.bench.run(f"""
        insert into teams (id, name, slug) values ('{team_id}', 'Cartographers', '{team_id.hex}');
        with person as (
          insert into users (email, name)
          select '{team_id.hex}-' || n || '@people.example', 'Person ' || n from generate_series(1, {size}) as n
          returning id
        )
        insert into team_members (team_id, user_id, role) select '{team_id}', id, 'member' from person
    """)
    cloud.bench.run("analyze team_members; analyze users")
    return team_id


def _members(cloud: Cloud, team_id: UUID) -> list[UUID]:
    with cloud.bench.database.transaction() as connection:
        members = connection.execute(text("select user_id from team_members where team_id = :id"), {"id": team_id})
        return list(members.scalars())
