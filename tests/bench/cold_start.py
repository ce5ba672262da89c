"""Cold starts: a fresh interpreter imports each function and hands it its first event, in turns with a lean function."""

from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

from infra.local.postgres.server import Postgres
from infra.topology.model import Function
from tests.bench.cloud import Cloud, local_cloud
from tests.bench.figures import Findings, Ratio, Times
from tests.bench.layers import Layers, Run, built_layers

ROUNDS = 9
#: Of the functions that a person, a producer or a provider waits for, by how their names begin.
REACH = {"enqueue": 1.7, "api": 2.0, "deliver-": 2.0}
LEAN = "lean_function.handler"


@dataclass(frozen=True, slots=True)
class Pair:
    lean: Run
    ours: Run


def measure(postgres: Postgres) -> Findings:
    """Measure each start right after a lean one, because the load of the machine changes within a round of half a minute."""
    findings = Findings("Cold start: import and first event in a fresh interpreter")
    with local_cloud(postgres, "bench_cold") as cloud, built_layers() as layers:
        taken: dict[str, list[Pair]] = {function.name: [] for function in cloud.plan.functions}
        for number in range(-1, ROUNDS):
            for function in cloud.plan.functions:
                pair = Pair(_start_lean(cloud, layers), start(cloud, layers, function))
                if number >= 0:
                    taken[function.name].append(pair)
    findings.times.extend(_times("lean", [pair.lean for pairs in taken.values() for pair in pairs]))
    for name, pairs in taken.items():
        findings.times.extend(_times(name, [pair.ours for pair in pairs]))
        findings.ratios.extend(_ratios(name, pairs))
    return findings


def _start_lean(cloud: Cloud, layers: Layers) -> Run:
    return layers.run(LEAN, [{}], environment=cloud.environment(cloud.plan.function("enqueue")))


def start(cloud: Cloud, layers: Layers, function: Function) -> Run:
    return layers.run(
        function.entry, [cloud.event(function)], environment=cloud.environment(function), seconds=function.timeout
    )


def _times(name: str, runs: list[Run]) -> list[Times]:
    return [
        Times.of(f"{name}: import, CPU", [run.steps[0].cpu for run in runs]),
        Times.of(f"{name}: first event, CPU", [run.steps[1].cpu for run in runs]),
        Times.of(f"{name}: both, CPU", [_cpu(run) for run in runs]),
        Times.of(f"{name}: both, clock", [_clock(run) for run in runs]),
    ]


def _ratios(name: str, pairs: list[Pair]) -> list[Ratio]:
    reach = next((reach for beginning, reach in REACH.items() if name.startswith(beginning)), None)

    def ratio(what: str, of: Callable[[Run], float], reach: float | None = None) -> Ratio:
        return Ratio(f"cold {name}: {what} / lean", median(of(pair.ours) / of(pair.lean) for pair in pairs), reach)

    return [
        ratio("import", lambda run: run.steps[0].cpu),
        ratio("import and first event", _cpu, reach),
        ratio("the same by the clock", _clock),
    ]


def _cpu(run: Run) -> float:
    return run.steps[0].cpu + run.steps[1].cpu


def _clock(run: Run) -> float:
    return run.steps[0].clock + run.steps[1].clock
