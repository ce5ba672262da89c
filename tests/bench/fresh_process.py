"""Run by a bare interpreter (`-I -S`) as Lambda runs a function first: import its entry, then hand it events, one by one.

Reads its order from stdin as JSON (`path`, `entry`, `events`, `seconds`) and answers on stdout with what each step took:
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
    """Lambda's context object, as far as handlers look at it."""

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
    """Not `ru_maxrss`, which Linux hands on from whoever started the process."""
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
        """What was done since the last step has been one."""
        cpu, clock = self._now()
        took = {"cpu": (cpu - self._cpu) * 1_000, "clock": (clock - self._clock) * 1_000}
        self.steps.append({**took, "peak": peak()})
        self._cpu, self._clock = self._now()


def main() -> None:
    order: dict[str, Any] = json.load(sys.stdin)
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what the function logs
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
