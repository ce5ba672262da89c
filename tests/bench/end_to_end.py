"""Time from the producer's call to the provider's acceptance, at steady rates and in a burst, on a whole laptop."""

import os
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import cycle, islice
from operator import methodcaller
from statistics import median
from typing import TypeAlias
from uuid import UUID

from sqlalchemy import text

from infra.local.postgres.postmaster import wait_until
from infra.local.postgres.server import Postgres
from infra.topology.model import EventSource, Topology
from infra.topology.plan import topology
from tests.bench.figures import Findings, Ratio, Times
from tests.bench.processes import cpu_milliseconds
from tests.bench.running import Running, running
from tests.bench.server import bench_database
from tests.bench.steady import Backlog, Producer
from tests.support.people import add_team

#: Milliseconds by channel, or of the call itself.
Taken: TypeAlias = Mapping[str, list[float]]
THE_CALL = "the call"

#: Notifications a second, and people per call: a busy producer names several people in one call.
STEADY = {10: 1, 100: 5, 300: 15, 1_000: 50}
#: Seconds of each rate. A rate beyond this machine needs far longer to drain.
SECONDS = {10: 20, 100: 20, 300: 20, 1_000: 10}
SINGLES = 15
PATIENCE = 900.0
PEOPLE = 1_000
#: The backlog of the last third of a steady run may exceed that of the middle third by this factor. More is growth.
NO_GROWTH = 1.25
SOURCES = {source.queue: source for source in topology().event_sources if source.queue != "requests"}
MEMBERS = text("select user_id from team_members where team_id = :team_id")
DELIVERIES = text("""
    select d.channel, cast(case d.channel when 'email' then d.id else n.id end as text) as known_as,
           r.idempotency_key as key
    from notification_deliveries d
    join notifications n on n.id = d.notification_id
    join notification_requests r on r.id = n.request_id
    where d.channel <> 'in_app'
""")


def measure(postgres: Postgres, *, burst: int) -> Findings:
    findings = Findings("End to end: from the producer's call to the provider's yes")
    with bench_database(postgres, "bench_singles") as bench, running(bench, _without_windows()) as system:
        floors = _one_at_a_time(system, _people(system))
    findings.times.extend(Times.of(f"{name}, one at a time, no window", took) for name, took in floors.items())
    with bench_database(postgres, "bench_end_to_end") as bench, running(bench, topology()) as system:
        people = _people(system)
        _accepted(system, lambda producer: producer.tell(people[:1]))  # from here on every function is warm
        for rate in STEADY:
            _steady(system, people, rate, floors, findings)
        _burst(system, burst, findings)
    return findings


def _without_windows() -> Topology:
    plan = topology()
    return replace(plan, event_sources=tuple(replace(source, window=0) for source in plan.event_sources))


def _people(system: Running) -> list[UUID]:
    team_id = add_team(system.bench.database, members=PEOPLE)
    with system.bench.database.transaction() as connection:
        return list(connection.execute(MEMBERS, {"team_id": team_id}).scalars())


def _one_at_a_time(system: Running, people: Sequence[UUID]) -> Taken:
    taken: dict[str, list[float]] = {name: [] for name in (*SOURCES, THE_CALL)}
    for number, person in enumerate(people[: SINGLES + 1]):
        producer = _accepted(system, methodcaller("tell", [person]))
        if number:  # the first call has started every function
            for name, took in _times(system, producer).items():
                taken[name].extend(took)
    return taken


def _accepted(system: Running, tell: Callable[[Producer], None]) -> Producer:
    """Return when the providers have accepted everything. Raises TimeoutError otherwise."""
    before, producer = system.accepted_count(), Producer(system.client())
    tell(producer)
    wanted = before + len(SOURCES) * producer.told
    if not wait_until(lambda: system.accepted_count() >= wanted, seconds=PATIENCE):
        raise TimeoutError(f"{wanted - system.accepted_count()} deliveries were not accepted in {PATIENCE:g} s")
    return producer


def _times(system: Running, producer: Producer) -> dict[str, list[float]]:
    """Return the milliseconds from each call to the provider's acceptance, by channel, and those of the calls."""
    accepted = system.accepted()
    with system.bench.database.transaction() as connection:
        rows = connection.execute(DELIVERIES).all()
    times: dict[str, list[float]] = {channel: [] for channel in SOURCES}
    for channel, known_as, key in rows:
        if call := producer.calls.get(key):
            times[channel].append((accepted[channel, known_as] - call.at) * 1_000)
    return times | {THE_CALL: [call.took for call in producer.calls.values()]}


def _steady(system: Running, people: Sequence[UUID], rate: int, floors: Taken, findings: Findings) -> None:
    size = STEADY[rate]
    groups = [list(islice(cycle(people), start, start + size)) for start in range(0, rate * SECONDS[rate], size)]
    before, cpu = system.accepted_count(), cpu_milliseconds()

    def tell(producer: Producer) -> None:
        def waiting() -> int:
            return len(SOURCES) * producer.told - (system.accepted_count() - before)

        with Backlog(waiting) as backlog:
            producer.tell_steadily(groups, every=size / rate)
        findings.ratios.append(Ratio(f"end to end {rate:,}/s: backlog, end / middle", backlog.growth, NO_GROWTH))

    taken = _times(system, _accepted(system, tell))
    for name, took in taken.items():
        findings.times.append(Times.of(f"{name}, {rate:,} notifications a second", took))
    findings.notes.append(
        f"{rate:,} a second: {_shares(cpu_milliseconds() - cpu, len(SOURCES) * rate * SECONDS[rate])}"
    )
    for channel, source in SOURCES.items():
        floor = median(floors[channel]) + _mean_wait(source, rate) * 1_000
        findings.ratios.append(
            Ratio(f"end to end {rate:,}/s, {channel}: p50 / sum of the stages alone", median(taken[channel]) / floor)
        )


def _shares(cpu: Counter[str], deliveries: int) -> str:
    parts = ", ".join(f"{part} {took / deliveries:.2f}" for part, took in cpu.most_common())
    each = cpu.total() / deliveries
    most = (os.cpu_count() or 1) * 1_000 / each if each else 0
    return f"{each:.2f} ms of CPU a delivery ({parts}), so this machine takes {most:,.0f} deliveries a second at most"


def _mean_wait(source: EventSource, rate: int) -> float:
    """Return the mean seconds that a message waits for its batch: half the window, or half the time that fills the batch."""
    return min(source.window, source.batch_size / rate) / 2


def _burst(system: Running, people: int, findings: Findings) -> None:
    team_id = add_team(system.bench.database, members=people)
    producer = _accepted(system, lambda producer: producer.tell_team(team_id, people))
    taken = _times(system, producer)
    for channel in SOURCES:
        findings.times.append(Times.of(f"{channel}, a burst of {people:,} people", taken[channel]))
    through = len(SOURCES) * people / (max(max(taken[channel]) for channel in SOURCES) / 1_000)
    findings.notes.append(f"A burst of {people:,} people was through at {through:,.0f} deliveries a second.")
