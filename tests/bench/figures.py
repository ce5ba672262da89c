"""What a row of the bench finds: times for illustration, ratios that hold on any machine, and plans that are not as meant."""

import gc
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median, quantiles
from typing import Self, TypeAlias, TypeVar

#: Does the work once and says how many milliseconds it took.
Contender: TypeAlias = Callable[[], float]
Measured = TypeVar("Measured")


@dataclass(frozen=True, slots=True)
class Times:
    """Milliseconds of one work done many times; `p95` and `p99` are None for the difference of two medians."""

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
    """Many pieces of work done in one go: `seconds` by the clock, `cpu_seconds` of the process that did them."""

    pieces: int
    seconds: float
    cpu_seconds: float


@dataclass(frozen=True, slots=True)
class Rate:
    """The medians of several runs: pieces of work a second, and milliseconds of CPU for each."""

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
    """Two medians of one run, put in relation. `reach` is what was set as the aim; None where the ratio only informs."""

    name: str
    value: float
    reach: float | None = None
    #: Whether more is better, as where the naive way is divided by ours.
    more_is_better: bool = False

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
    #: What the figures alone do not say.
    notes: list[str] = field(default_factory=list)
    #: Statements that read where they should look up: wrong on any machine, so they fail the run.
    problems: list[str] = field(default_factory=list)
    #: What `times` are in.
    unit: str = "milliseconds"


def timed(work: Callable[[], object]) -> Contender:
    def contender() -> float:
        begun = time.perf_counter()
        work()
        return (time.perf_counter() - begun) * 1_000

    return contender


class Stopwatch:
    """Takes the time of what is done inside its `with`; no garbage of what went before is cleared away there."""

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
    """Each in each round, so that whatever else the machine does falls on all alike; a tenth more rounds go before, unseen."""
    taken: dict[str, list[Measured]] = {name: [] for name in contenders}
    for number in range(-(rounds // 10) - 1, rounds):
        for name, contender in contenders.items():
            measured = contender()
            if number >= 0:
                taken[name].append(measured)
    return taken
