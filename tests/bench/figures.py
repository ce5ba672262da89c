"""Findings of a row of the bench: times as an illustration, ratios that hold on any machine, and unwanted query plans."""

import gc
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median, quantiles
from typing import Self, TypeAlias, TypeVar

#: Does the work once and returns its milliseconds.
Contender: TypeAlias = Callable[[], float]
Measured = TypeVar("Measured")


@dataclass(frozen=True, slots=True)
class Times:
    """Milliseconds of one piece of work, measured many times. `p95` and `p99` are None for a difference of two medians."""

    name: str
    p50: float
    p95: float | None
    rounds: int
    p99: float | None = None

    @classmethod
    def of(cls, name: str, milliseconds: list[float]) -> "Times":
        parts = quantiles(milliseconds, n=100, method="inclusive") if len(milliseconds) > 1 else milliseconds * 99
        return cls(name, median(milliseconds), parts[94], len(milliseconds), parts[98])


@dataclass(frozen=True, slots=True)
class Run:
    """Many pieces of work in one run: `seconds` of wall time, `cpu_seconds` of the process."""

    pieces: int
    seconds: float
    cpu_seconds: float


@dataclass(frozen=True, slots=True)
class Rate:
    """The medians of several runs: pieces of work per second, and milliseconds of CPU per piece."""

    name: str
    per_second: float
    cpu_ms: float
    rounds: int

    @classmethod
    def of(cls, name: str, runs: Sequence[Run]) -> "Rate":
        per_second = median(run.pieces / run.seconds for run in runs)
        return cls(name, per_second, median(run.cpu_seconds / run.pieces * 1_000 for run in runs), len(runs))


@dataclass(frozen=True, slots=True)
class Ratio:
    """The ratio of two medians of one run. `reach` is the goal; None for a ratio without a goal."""

    name: str
    value: float
    reach: float | None = None
    #: Whether a higher ratio is better, for example naive time divided by ours.
    more_is_better: bool = False
    #: Whether both are floors, so that it explains other ratios, and says nothing of ours.
    of_floors: bool = False

    @property
    def is_met(self) -> bool | None:
        if self.reach is None:
            return None
        return self.value >= self.reach if self.more_is_better else self.value <= self.reach


@dataclass(frozen=True, slots=True)
class Findings:
    """One row of the bench."""

    title: str
    times: list[Times] = field(default_factory=list)
    rates: list[Rate] = field(default_factory=list)
    ratios: list[Ratio] = field(default_factory=list)
    #: Remarks that explain the figures.
    notes: list[str] = field(default_factory=list)
    #: Statements that scan instead of using an index. That is wrong on any machine, so they fail the run.
    problems: list[str] = field(default_factory=list)
    #: The unit of `times`, as their table is headed.
    unit: str = "milliseconds on this machine"


def timed(work: Callable[[], object]) -> Contender:
    def contender() -> float:
        begun = time.perf_counter()
        work()
        return (time.perf_counter() - begun) * 1_000

    return contender


class Stopwatch:
    """Measures the time of a `with` block. Garbage of earlier work is not collected inside it."""

    def __enter__(self) -> Self:
        gc.collect()
        self._begun = time.perf_counter(), time.process_time()
        return self

    def __exit__(self, *_: object) -> None:
        ended = time.perf_counter(), time.process_time()
        self._seconds, self._cpu_seconds = (after - before for before, after in zip(self._begun, ended, strict=True))

    def run(self, pieces: int) -> Run:
        return Run(pieces, self._seconds, self._cpu_seconds)


def take_turns(contenders: Mapping[str, Contender], *, rounds: int) -> dict[str, Times]:
    taken = in_turns(contenders, rounds=rounds)
    return {name: Times.of(name, milliseconds) for name, milliseconds in taken.items()}


def in_turns(contenders: Mapping[str, Callable[[], Measured]], *, rounds: int) -> dict[str, list[Measured]]:
    """Run every candidate in every round, so that other load falls on all of them. A tenth more rounds warm up first."""
    taken: dict[str, list[Measured]] = {name: [] for name in contenders}
    for number in range(-(rounds // 10) - 1, rounds):
        for name, contender in contenders.items():
            measured = contender()
            if number >= 0:
                taken[name].append(measured)
    return taken
