"""Run by a bare interpreter (`-I -S`), as Lambda starts a function: imports its entry, then hands it events one by one.

Reads its task from stdin as JSON (`path`, `entry`, `events`, `seconds`) and writes the cost of each step to stdout:
milliseconds of CPU (all threads, user and system) and of the clock, and the peak of resident memory so far in KiB.
"""

import json
import os
import resource
import sys
import time
from importlib import import_module
from typing import Any


class Context:
    """The part of Lambda's context object that handlers use."""

    function_name = "owlpost"
    memory_limit_in_mb = "512"
    invoked_function_arn = "arn:aws:lambda:us-east-1:000000000000:function:owlpost"
    client_context = None

    def __init__(self, number: int, seconds: float) -> None:
        self.aws_request_id = f"{os.getpid()}-{number}-{time.time_ns()}"
        self._ends = time.monotonic() + seconds

    def get_remaining_time_in_millis(self) -> int:
        return round((self._ends - time.monotonic()) * 1_000)


def peak() -> int:
    """Return the peak of this process. `ru_maxrss` would include the peak of the parent process."""
    with open("/proc/self/status", encoding="ascii") as status:  # noqa: PTH123 (pathlib would count as an import)
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))


class Watch:
    def __init__(self) -> None:
        self.steps: list[dict[str, float]] = []
        self._cpu, self._clock = self._now()

    @staticmethod
    def _now() -> tuple[float, float]:
        used = resource.getrusage(resource.RUSAGE_SELF)
        return used.ru_utime + used.ru_stime, time.perf_counter()

    def step(self) -> None:
        """End a step: all work since the last call belongs to it."""
        cpu, clock = self._now()
        took = {"cpu": (cpu - self._cpu) * 1_000, "clock": (clock - self._clock) * 1_000}
        self.steps.append({**took, "peak": peak()})
        self._cpu, self._clock = self._now()


def main() -> None:
    order: dict[str, Any] = json.load(sys.stdin)
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # the function's logs
    sys.path[:0] = order["path"]
    watch = Watch()
    module, _, name = order["entry"].rpartition(".")
    handler = getattr(import_module(module), name)
    watch.step()
    said = None
    for number, event in enumerate(order["events"]):
        said = handler(event, Context(number, order["seconds"]))
        watch.step()
    json.dump({"steps": watch.steps, "answer": said, "modules": sorted(sys.modules)}, answers, default=str)
    answers.flush()


if __name__ == "__main__":
    main()
