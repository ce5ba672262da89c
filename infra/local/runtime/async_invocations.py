"""Lambda's queue of asynchronous invocations: accepted at once, run in the background, tried three times in all."""

import logging
import threading
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from infra.local.runtime.sandboxes import MOST_SANDBOXES, Sandboxes, Throttled

log = logging.getLogger(__name__)

#: Lambda waits one minute before the second try, two before the third
#: (https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html).
RETRY_DELAYS = (60.0, 120.0)


@dataclass(frozen=True, slots=True)
class Invocation:
    """All tries of one invocation bear the same request id."""

    function: str
    event: Any
    request_id: str
    tries: int = 0


class AsyncInvocations:
    """Held in memory: what waits when the engine stops is dropped, and logged. `retry_delays` in seconds."""

    def __init__(
        self, sandboxes: Sandboxes, functions: Iterable[str], *, retry_delays: Sequence[float] = RETRY_DELAYS
    ) -> None:
        self._sandboxes = sandboxes
        self._retry_delays = retry_delays
        # Threads for each function apart, so that a slow one holds up no other.
        self._threads = {name: ThreadPoolExecutor(MOST_SANDBOXES, f"async-{name}") for name in functions}
        self._waiting: dict[threading.Timer, Invocation] = {}
        self._lock = threading.Lock()
        self._stopped = False

    def submit(self, function: str, event: Any, request_id: str) -> None:
        self._start(Invocation(function, event, request_id))

    def stop(self) -> None:
        """Return when those under way have ended."""
        with self._lock:
            self._stopped = True
            waiting = dict(self._waiting)
        for timer, invocation in waiting.items():
            timer.cancel()
            log.warning("%s %s: dropped, the engine stops", invocation.function, invocation.request_id)
        for threads in self._threads.values():
            threads.shutdown(cancel_futures=True)

    def _start(self, invocation: Invocation) -> None:
        with self._lock:
            if not self._stopped:
                self._threads[invocation.function].submit(self._run, invocation)

    def _run(self, invocation: Invocation) -> None:
        try:
            answer = self._sandboxes.invoke(invocation.function, invocation.event, request_id=invocation.request_id)
            error = str(answer.payload.get("errorMessage")) if answer.failed else None
        except Throttled:
            error = "no sandbox got free"
        if error is None:
            return
        log.warning("%s %s failed: %s", invocation.function, invocation.request_id, error)
        if invocation.tries < len(self._retry_delays):
            self._retry(invocation)

    def _retry(self, failed: Invocation) -> None:
        invocation = Invocation(failed.function, failed.event, failed.request_id, failed.tries + 1)

        def again() -> None:
            with self._lock:
                self._waiting.pop(timer, None)
            self._start(invocation)

        timer = threading.Timer(self._retry_delays[failed.tries], again)
        timer.daemon = True
        with self._lock:
            if self._stopped:
                return
            self._waiting[timer] = invocation
        timer.start()
