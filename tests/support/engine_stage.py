"""Shared parts of the engine's tests: a topology of small functions, and their records."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from infra.topology.model import EventSource, Function, Queue, Schedule, Topology

DEADLINE = 60.0
HERE = "tests.support.engine_functions"


def function(name: str, entry: str | None = None, *, timeout: int = 5, **more: Any) -> Function:
    return Function(name, f"{HERE}.{entry or name}", 128, timeout, settings=("RECORD_",), **more)


def small_topology(*, visibility: int = 3, max_receives: int = 2) -> Topology:
    """Queue `owls` has a window, `bees` has none. A function of the family `consume` reads each."""
    return Topology(
        functions=(
            function("api", "page"),
            function("echo", environment={"OWN": "yes"}),
            function("fail"),
            function("sleep", timeout=1),
            function("unanswerable"),
            function("leave"),
            function("large"),
            function("hoard"),
            function("hoard_slowly", timeout=30),
            function("no_handler", "is_not_there"),
            function("consume-owls", "consume"),
            function("consume-bees", "consume"),
        ),
        queues=(Queue("owls", visibility, max_receives), Queue("bees", visibility, max_receives)),
        event_sources=(
            EventSource("owls", "consume-owls", batch_size=20, window=1, max_concurrency=2),
            EventSource("bees", "consume-bees", batch_size=10, window=0, max_concurrency=2),
        ),
        schedules=(Schedule("nightly", "echo", "cron(0 3 * * ? *)"),),
    )


def eventually(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < deadline, "it did not come true"
        time.sleep(0.02)


class Notes:
    """The records that the functions wrote to RECORD_FILE."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def lines(self) -> list[dict[str, Any]]:
        """Return those that are written to their end."""
        lines = self.path.read_text().splitlines(keepends=True) if self.path.exists() else []
        return [json.loads(line) for line in lines if line.endswith("\n")]

    def batches(self) -> list[list[dict[str, Any]]]:
        return [line["event"]["Records"] for line in self.lines()]

    def receives(self) -> list[tuple[Any, int]]:
        """Return each received message: its body's `n`, and its receive count."""
        return [
            (json.loads(record["body"]).get("n"), int(record["attributes"]["ApproximateReceiveCount"]))
            for batch in self.batches()
            for record in batch
        ]
