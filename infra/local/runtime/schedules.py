"""EventBridge Scheduler on this machine: fires the topology's schedules on time."""

import threading
from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from infra.schedule_expression import next_after
from infra.topology.model import Schedule

Fire = Callable[[Schedule, datetime], None]

#: Check the clock at least this often, in seconds: a laptop may have slept through a wait.
LOOK_SECONDS = 30.0


class Schedules:
    """Calls `fire` with each schedule and its due time. A run that a sleeping laptop missed fires once."""

    def __init__(self, schedules: Iterable[Schedule], *, fire: Fire) -> None:
        self._schedules = tuple(schedules)
        self._fire = fire
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="schedules", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        due = {schedule: next_after(schedule.expression, datetime.now(UTC)) for schedule in self._schedules}
        while due and not self._stopping.is_set():
            now = datetime.now(UTC)
            for schedule, moment in due.items():
                if moment <= now:
                    self._fire(schedule, moment)
                    due[schedule] = next_after(schedule.expression, now)
            left = (min(due.values()) - now).total_seconds()
            self._stopping.wait(max(0.0, min(LOOK_SECONDS, left)))
