"""`python -m tests.bench`: measures against floors in the same run, prints tables, writes JSON, compares with recorded ratios.

No time fails the run, because machines differ and are busy. A plan that reads a whole table fails it, and a ratio that is worse
by more than a quarter than the recorded one: a person decides then.
"""

import argparse
import os
import sys
from collections.abc import Callable
from contextlib import redirect_stdout
from pathlib import Path
from typing import TypeAlias

from rich.console import Console
from rich.table import Table

from infra.local.postgres.server import Postgres, throwaway_postgres
from owlpost.observability import logger
from tests.bench import (
    cold_start,
    crowd,
    end_to_end,
    enqueue_call,
    fan_out,
    idle_cost,
    import_report,
    inbox,
    machine,
    mail,
    memory,
    pipeline,
    push,
    recorded,
    scale,
    whole_run,
)
from tests.bench.figures import Findings, Ratio

#: Measures one row of the bench on a server, with the options of the command line.
Row: TypeAlias = Callable[[Postgres, argparse.Namespace], Findings]

ROWS: dict[str, Row] = {
    "inbox": lambda postgres, asked: inbox.measure(postgres, rounds=asked.rounds),
    "fan-out": lambda postgres, asked: fan_out.measure(postgres, _sizes(asked)),
    "push": lambda _postgres, _asked: push.measure(),
    "enqueue": lambda postgres, asked: enqueue_call.measure(postgres, _sizes(asked)),
    "end-to-end": lambda postgres, asked: end_to_end.measure(postgres, burst=10_000 if asked.large else 2_000),
    "crowd": lambda postgres, asked: crowd.measure(postgres, large=asked.large),
    "scale": lambda postgres, asked: scale.measure(postgres, people=1_000_000 if asked.large else 100_000),
    "mail": lambda postgres, _: mail.measure(postgres),
    "pipeline": lambda postgres, _: pipeline.measure(postgres),
    "cold": lambda postgres, _asked: cold_start.measure(postgres),
    "imports": lambda _postgres, _asked: import_report.measure(),
    "idle": lambda _postgres, _asked: idle_cost.measure(),
    "tests": lambda _postgres, _asked: whole_run.measure(),
    "memory": lambda postgres, asked: memory.measure(postgres, large=asked.large),
}

console = Console(width=None if sys.stdout.isatty() else 120)


def main() -> int:
    arguments = _parser().parse_args()
    logger().setLevel("WARNING")
    described = machine.describe()
    console.print(", ".join(f"{name} {value}" for name, value in described.items()))
    # Logs and metrics of the functions would hide the tables.
    with throwaway_postgres() as postgres, Path(os.devnull).open("w") as nowhere, redirect_stdout(nowhere):
        findings = [ROWS[name](postgres, arguments) for name in arguments.row or ROWS]
    _report(findings)
    recorded.save(findings, described)
    if arguments.record:
        recorded.record(findings)
    worse = recorded.regressions(findings)
    for each in worse:
        console.print(f"WORSE: {each}")
    return 1 if worse or any(row.problems for row in findings) else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--row", action="append", choices=list(ROWS), help="this row alone; may be repeated")
    parser.add_argument("--rounds", type=int, default=200, help="how often each action of the inbox is taken")
    parser.add_argument("--large", action="store_true", help="tell a hundred thousand people too, and a million")
    parser.add_argument("--record", action="store_true", help="let later runs be compared with this one")
    return parser


def _sizes(asked: argparse.Namespace) -> list[int]:
    return [1_000, 10_000, *([100_000] if asked.large else [])]


def _report(findings: list[Findings]) -> None:
    before = recorded.load()
    for row in findings:
        console.print(*(table for table in (_times(row), _rates(row), _ratios(row.ratios, before)) if table.row_count))
        for note in row.notes:
            console.print(note)
        for problem in row.problems:
            console.print(f"WRONG: {problem}")


def _times(row: Findings) -> Table:
    table = Table(row.unit, title=row.title)
    for heading in ("p50", "p95", "p99", "rounds"):
        table.add_column(heading, justify="right")
    for times in row.times:
        table.add_row(times.name, _figure(times.p50), _figure(times.p95), _figure(times.p99), str(times.rounds))
    return table


def _rates(row: Findings) -> Table:
    table = Table("medians on this machine", title=row.title)
    for heading in ("a second", "CPU, ms each", "rounds"):
        table.add_column(heading, justify="right")
    for rate in row.rates:
        table.add_row(rate.name, f"{rate.per_second:,.0f}", f"{rate.cpu_ms:.3f}", str(rate.rounds))
    return table


def _figure(milliseconds: float | None) -> str:
    return "" if milliseconds is None else f"{milliseconds:,.2f}"


def _ratios(ratios: list[Ratio], before: dict[str, float]) -> Table:
    table = Table("ratio of medians")
    for heading in ("now", "reach", "met"):
        table.add_column(heading, justify="right")
    table.add_column("against the recorded")
    for ratio in ratios:
        sign = "≥" if ratio.more_is_better else "≤"
        reach = "" if ratio.reach is None else f"{sign} {ratio.reach:g}"
        met = {None: "", True: "yes", False: "NO"}[ratio.is_met]
        table.add_row(ratio.name, f"{ratio.value:.2f}", reach, met, recorded.change(ratio, before.get(ratio.name)))
    return table


if __name__ == "__main__":
    sys.exit(main())
