"""`python -m tests.bench.durations`: the time of an invocation of each function; `infra/cost/measured.py` holds the results.

Runs a whole laptop with warm sandboxes. For each invocation it measures wall time, CPU time, the number of messages and the
bytes of log. The fake providers answer at once, so the time of real providers is not included.
"""

import json
import os
import tempfile
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path
from statistics import mean
from typing import Any
from uuid import UUID

from rich.console import Console
from rich.table import Table
from sqlalchemy import text

from infra.cli.target import laptop_client
from infra.local.laptop.demo import COMMUNITY, Demo
from infra.local.laptop.laptop import Laptop
from infra.local.runtime.gateway_event import gateway_event
from infra.local.runtime.http_server import Request
from infra.local.runtime.sandbox import Answer
from infra.topology.model import physical_name
from infra.topology.plan import topology
from owlpost.auth import Session, Tokens
from owlpost.client import NotificationClient
from owlpost.domain.clock import utc_now
from tests.bench import machine

TICKS = os.sysconf("SC_CLK_TCK")
TEAM = "01940000-0000-7000-8000-0000000000a1"
ADA = UUID("01940000-0000-7000-8000-000000000001")
BYTES = text("""
    select (pg_total_relation_size('notifications') + pg_total_relation_size('notification_deliveries'))
           / (select count(*) from notifications)::float
""")
NAMES = [function.name for function in topology().functions]


class Watched:
    """A laptop's sandboxes that measure each invocation."""

    def __init__(self, laptop: Laptop) -> None:
        self._sandboxes = laptop.engine.sandboxes
        self._invoke = self._sandboxes.invoke
        self.begin()
        self._sandboxes.invoke = self._timed  # type: ignore[method-assign]  # the bench's own look, on one object

    def begin(self) -> None:
        self._wall: dict[str, list[float]] = defaultdict(list)
        self._messages: Counter[str] = Counter()
        self._before = {name: self._spent(name) for name in NAMES}

    def _timed(self, name: str, event: Any, **about: Any) -> Answer:
        begun = time.perf_counter()
        answer = self._invoke(name, event, **about)
        self._wall[name].append((time.perf_counter() - begun) * 1000)
        self._messages[name] += len(event.get("Records", ())) if isinstance(event, dict) else 0
        return answer

    def _spent(self, name: str) -> tuple[float, int]:
        """Return milliseconds of CPU time and bytes of log of all living sandboxes of the function."""
        ticks = 0
        for pid in self._sandboxes.pids(name):
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
        log = self._sandboxes.log(name)
        return 1000 * ticks / TICKS, log.stat().st_size if log.exists() else 0

    def rows(self, phase: str) -> list[tuple[str, ...]]:
        found = []
        for name, wall in self._wall.items():
            (before, logged_before), (after, logged) = self._before[name], self._spent(name)
            times = len(wall)
            figures = (mean(wall), (after - before) / times, (logged - logged_before) / times)
            found.append(
                (phase, name, str(times), f"{self._messages[name] / times:.1f}", *(f"{x:.1f}" for x in figures))
            )
        return found

    def memory_mb(self) -> dict[str, float]:
        found: dict[str, float] = {}
        for name in NAMES:
            for pid in self._sandboxes.pids(name):
                line = next(x for x in Path(f"/proc/{pid}/status").read_text().splitlines() if x.startswith("VmHWM"))
                found[name] = max(found.get(name, 0), int(line.split()[1]) / 1024)
        return found


def main() -> None:
    console = Console(width=120)
    console.print(machine.describe())
    table = Table("phase", "function", "invocations", "messages", "wall ms", "processor ms", "log bytes")
    with tempfile.TemporaryDirectory() as folder, Laptop(Path(folder)) as laptop:
        demo = Demo.on(laptop, NotificationClient.over_lambda(client=laptop_client(laptop.state())))
        demo.prepare()
        watched = Watched(laptop)
        for phase, work in _phases(laptop, demo).items():
            work()  # warm
            _drain(demo)
            watched.begin()
            work()
            _drain(demo)
            for row in watched.rows(phase):
                table.add_row(*row)
        with demo.database.transaction() as connection:
            size = connection.execute(BYTES).scalar_one()
        demo.close()
        console.print(table)
        console.print(f"{size:,.0f} bytes of the database for one notification with its deliveries and indexes")
        console.print({name: f"{size:.0f} MB" for name, size in watched.memory_mb().items()})


def _phases(laptop: Laptop, demo: Demo) -> dict[str, Callable[[], object]]:
    invoke = laptop.engine.invoke
    small = {
        "type": "feedback.new",
        "recipients": {"team_id": TEAM},
        "title": "New feedback",
        "body": "It works. " * 10,
    }
    large = {**json.loads(COMMUNITY.read_text("utf-8"))}
    large.pop("idempotency_key")
    keys = (Path(laptop.data_dir) / "secrets" / "JWT_KEYS").read_text("utf-8").split(",")
    token = Tokens(tuple(keys)).issue(Session.begin(ADA, "ada@owlpost.example", now=utc_now()))

    def get(function: str, path: str) -> object:
        headers = [("host", "localhost"), ("authorization", f"Bearer {token}")]
        request = Request("GET", path, "HTTP/1.1", headers, b"", "127.0.0.1")
        event = gateway_event(request, now=utc_now(), request_id="bench")
        return invoke(physical_name(function), event)

    def one() -> None:
        invoke("owlpost-enqueue", small)
        time.sleep(0.1)  # otherwise a worker would find a backlog, which a quiet hour does not have

    def often(times: int, work: Callable[[], object]) -> Callable[[], object]:
        return lambda: [work() for _ in range(times)]

    return {
        "idle": often(20, lambda: [invoke(f"owlpost-{name}", {"schedule": name}) for name in ("sweep", "digest")]),
        "four people, one at a time": often(40, one),
        "two thousand people at once": lambda: invoke("owlpost-enqueue", large),
        "inbox": often(200, lambda: get("api", "/v1/notifications")),
        "unread count": often(200, lambda: get("api", "/v1/notifications/unread-count")),
        "page": often(50, lambda: get("dashboard", "/dashboard")),
        "cleanup": often(3, lambda: invoke("owlpost-cleanup", {"schedule": "cleanup"})),
    }


def _drain(demo: Demo) -> None:
    if not demo.watch(lambda _ended, _all: None, stopped=threading.Event(), seconds=240):
        raise SystemExit("deliveries did not end")


if __name__ == "__main__":
    main()
