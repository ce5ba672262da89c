"""Many people told by one call, from end to end: a burst of 100,000 by mail and push, and a million by push.

On the emulator whose receive does not look through all that waits: with the other one, that would be measured.
"""

import os
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from infra.local.postgres.server import Postgres
from infra.local.sqs.program import FAUXQS
from infra.topology.plan import topology
from owlpost.domain.channels import queued_channels
from owlpost.domain.types import NOTIFICATION_TYPE_META
from tests.bench.figures import Findings, Ratio, Times
from tests.bench.processes import cpu_milliseconds, largest_mib
from tests.bench.running import Running, running
from tests.bench.server import bench_database
from tests.bench.steady import Producer
from tests.support.people import add_team

#: Inbox, mail and push; and inbox and push, whose million takes a quarter of an hour and a few GB of disk.
EACH_WAY, BY_PUSH = "feedback.new", "app.rating_changed"
SMALL, BURST, MILLION = 10_000, 100_000, 1_000_000
LOOK_SECONDS = 1.0
#: Without one acceptance for so long, something is stuck.
STUCK_SECONDS = 120.0
#: What each person costs, in a large audience against a small one; what a process holds at the end against the tenth part.
LINEAR, STEADY = 1.15, 1.25


@dataclass(frozen=True, slots=True)
class Told:
    """One audience, told. `memory` is that of each part's largest process, once a tenth was through and at the end, in MiB."""

    people: int
    deliveries: int
    accepted_at: Sequence[float]
    cpu: Counter[str]
    memory: tuple[Counter[str], Counter[str]]

    @property
    def seconds(self) -> float:
        return self.accepted_at[-1] - self.accepted_at[0]

    @property
    def cpu_ms(self) -> float:
        """Return milliseconds of CPU a delivery, of all processes."""
        return self.cpu.total() / self.deliveries

    def tenth(self, number: int) -> float:
        """Return the seconds that the tenth part of the deliveries with this number took; they count from 0."""
        size = self.deliveries // 10
        return self.accepted_at[(number + 1) * size - 1] - self.accepted_at[number * size]


def measure(postgres: Postgres, *, large: bool) -> Findings:
    findings = Findings("A crowd: from one call to the last provider's yes", unit="seconds on this machine")
    with bench_database(postgres, "bench_crowd") as bench, running(bench, topology(), FAUXQS) as system:
        _tell(system, EACH_WAY, 100)  # from here on every function is warm
        for kind, people in ((EACH_WAY, BURST), (BY_PUSH, MILLION if large else BURST)):
            one, all_of_them = _tell(system, kind, SMALL), _tell(system, kind, people)
            _note(findings, f"{people:,} people by {kind}", one, all_of_them)
    return findings


def _tell(system: Running, kind: str, people: int) -> Told:
    """Tell a new team, and return when the providers have accepted everything. Raises TimeoutError if they stop to."""
    team_id = add_team(system.bench.database, members=people)
    system.bench.settle()
    meta = NOTIFICATION_TYPE_META[kind]
    deliveries = people * sum(channel.key in meta.default_on for channel in queued_channels())
    before, cpu = system.accepted_count(), cpu_milliseconds()
    _call(system, kind, team_id, people)
    memory = _through(system, before, deliveries)
    return Told(people, deliveries, system.accepted_at()[before:], cpu_milliseconds() - cpu, memory)


def _call(system: Running, kind: str, team_id: UUID, people: int) -> None:
    Producer(system.client(), kind).tell_team(team_id, people)


def _through(system: Running, before: int, deliveries: int) -> tuple[Counter[str], Counter[str]]:
    """Return what processes hold when a tenth of the deliveries was accepted, and when all were."""
    seen, moved, tenth = 0, time.monotonic(), None
    while seen < deliveries:
        time.sleep(LOOK_SECONDS)
        now = system.accepted_count() - before
        if now > seen:
            seen, moved = now, time.monotonic()
        elif time.monotonic() - moved > STUCK_SECONDS:
            raise TimeoutError(f"{deliveries - seen:,} of {deliveries:,} deliveries were not accepted")
        if tenth is None and seen >= deliveries / 10:
            tenth = largest_mib()
    return tenth or largest_mib(), largest_mib()


def _note(findings: Findings, what: str, small: Told, large: Told) -> None:
    findings.times.extend(
        [
            Times(f"{what}: all of it", large.seconds, None, 1),
            Times(f"{what}: the first tenth", large.tenth(0), None, 1),
            Times(f"{what}: the last tenth", large.tenth(9), None, 1),
        ]
    )
    findings.ratios.extend(
        [
            Ratio(f"crowd {what}: CPU of a delivery / of 10,000 people", large.cpu_ms / small.cpu_ms, LINEAR),
            Ratio(f"crowd {what}: last tenth / second tenth", large.tenth(9) / large.tenth(1), LINEAR),
        ]
    )
    early, late = large.memory
    findings.ratios.extend(
        Ratio(f"crowd {what}: memory of {part}, end / first tenth", late[part] / max(early[part], 1), STEADY)
        for part in ("enqueue", "deliver")
    )
    findings.notes.append(
        f"{what}: {large.deliveries / large.seconds:,.0f} deliveries a second, {large.cpu_ms:.2f} ms of CPU each ("
        + ", ".join(f"{part} {took / large.deliveries:.2f}" for part, took in large.cpu.most_common())
        + f"), on {os.cpu_count()} cores. Largest processes at the end, MiB: "
        + ", ".join(f"{part} {mib}" for part, mib in late.most_common())
    )
