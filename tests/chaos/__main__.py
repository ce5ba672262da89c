"""`python -m tests.chaos`: run some seeds, or one, and print what was injected and what became of it."""

import argparse
import logging
import sys
from collections import Counter
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from tests.chaos.run import SECONDS, Report, run
from tests.chaos.system import emulator_of

console = Console()


def main() -> int:
    arguments = _parser().parse_args()
    logging.getLogger("infra").addHandler(logging.NullHandler())
    seeds = range(1, arguments.seeds + 1) if arguments.seed is None else [arguments.seed]
    reports = []
    for seed in seeds:
        reports.append(run(seed, seconds=arguments.seconds, only=arguments.only))
        _say(reports[-1])
    console.print(_faults(reports))
    console.print(_outcomes(reports))
    return 1 if any(report.problems for report in reports) else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--seeds", type=int, default=5, help="run the seeds from 1 to this one")
    parser.add_argument("--seed", type=int, help="run this one alone")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="how long faults rage in each run")
    parser.add_argument("--only", action="append", default=[], metavar="KIND", help="play acts of this kind alone")
    return parser


def _say(report: Report) -> None:
    outcome = "FAILED" if report.problems else "survived"
    console.print(
        f"seed {report.seed} on {emulator_of(report.seed).name}: {outcome} in {report.seconds:.0f} s,"
        f" {report.rested_after:.0f} s of it after the last fault"
    )
    for problem in report.problems[:20]:
        console.print(f"  {problem}")


def _faults(reports: Sequence[Report]) -> Table:
    table = Table("fault", title="Faults injected")
    for heading in ("in all", "fewest a seed", "most a seed"):
        table.add_column(heading, justify="right")
    for kind in sorted(set().union(*(report.injected for report in reports))):
        numbers = [report.injected[kind] for report in reports]
        table.add_row(kind, *map(str, (sum(numbers), min(numbers), max(numbers))))
    return table


def _outcomes(reports: Sequence[Report]) -> Table:
    table = Table("outcome", title="What became of it")
    table.add_column("in all", justify="right")
    counted: Counter[str] = Counter({"requests": sum(report.requests for report in reports)})
    for report in reports:
        counted.update({f"deliveries: {end}": number for end, number in report.deliveries.items()})
        counted.update(
            {f"deliveries: {channel} as one at the end of quiet hours": n for channel, n in report.gathered.items()}
        )
        counted.update({f"pushes repeated under one collapse id: {why}": n for why, n in report.repeats.items()})
    counted["seconds to rest after the last fault, at most"] = round(max(report.rested_after for report in reports))
    counted["pushes missed by phones that were called dead"] = sum(report.missed for report in reports)
    counted["promises broken"] = sum(len(report.problems) for report in reports)
    for outcome, number in counted.items():
        table.add_row(outcome, str(number))
    return table


if __name__ == "__main__":
    sys.exit(main())
