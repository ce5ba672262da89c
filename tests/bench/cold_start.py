"""Cold starts: each function imported in a fresh interpreter and given its first event, beside a lean function in turns."""

from collections import defaultdict

from infra.local.postgres import Postgres
from infra.parts import Function
from tests.bench.cloud import Cloud, local_cloud
from tests.bench.figures import Findings, Ratio, Times
from tests.bench.layers import Layers, Run, built_layers

ROUNDS = 9
REACH = 2.0
LEAN = "lean"
#: What one person, a producer or a provider waits for.
HELD_TO_REACH = ("enqueue", "api", "deliver-")


def measure(postgres: Postgres) -> Findings:
    findings = Findings("Cold start: import and first event in a fresh interpreter")
    taken: dict[str, list[Run]] = defaultdict(list)
    with local_cloud(postgres, "bench_cold") as cloud, built_layers() as layers:
        for number in range(-1, ROUNDS):
            for name, run in _round(cloud, layers).items():
                if number >= 0:
                    taken[name].append(run)
    for name, runs in taken.items():
        findings.times.extend(_times(name, runs))
        if name != LEAN:
            findings.ratios.extend(_ratios(name, runs, taken[LEAN]))
    return findings


def _round(cloud: Cloud, layers: Layers) -> dict[str, Run]:
    lean = cloud.plan.function("enqueue")
    ran = {LEAN: layers.run("lean_function.handler", [{}], environment=cloud.environment(lean))}
    for function in cloud.plan.functions:
        ran[function.name] = start(cloud, layers, function)
    return ran


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


def _ratios(name: str, runs: list[Run], lean: list[Run]) -> list[Ratio]:
    reach = REACH if name.startswith(HELD_TO_REACH) else None

    def ratio(what: str, of: "list[float]", to: "list[float]", reach: float | None = None) -> Ratio:
        return Ratio(f"cold {name}: {what} / lean", Times.of("", of).p50 / Times.of("", to).p50, reach)

    return [
        ratio("import", [run.steps[0].cpu for run in runs], [run.steps[0].cpu for run in lean]),
        ratio("import and first event", [*map(_cpu, runs)], [*map(_cpu, lean)], reach),
        ratio("the same by the clock", [*map(_clock, runs)], [*map(_clock, lean)]),
    ]


def _cpu(run: Run) -> float:
    return run.steps[0].cpu + run.steps[1].cpu


def _clock(run: Run) -> float:
    return run.steps[0].clock + run.steps[1].clock
