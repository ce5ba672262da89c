"""Lambda's queue of asynchronous invocations: accepted at once, run in the background, tried three times in all.

What failed the third time goes to the destination for failures, as a record of its event and its error.
"""

import logging
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeAlias

from infra.local.account import function_arn
from infra.local.runtime.lineage import Recursive
from infra.local.runtime.sandboxes import MOST_SANDBOXES, Sandboxes, Throttled
from infra.topology.model import physical_name

log = logging.getLogger(__name__)

#: Lambda waits one minute before the second try, two before the third
#: (https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html).
RETRY_DELAYS = (60.0, 120.0)

Record: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Invocation:
    """All tries of one invocation bear the same request id."""

    function: str
    event: Any
    request_id: str
    trace: str | None = None
    tries: int = 0


class AsyncInvocations:
    """Held in memory: what waits when the engine stops is dropped, and logged.

    `retry_delays` are in seconds. `on_failure` is the destination for what failed each time.
    """

    def __init__(
        self,
        sandboxes: Sandboxes,
        functions: Iterable[str],
        *,
        retry_delays: Sequence[float] = RETRY_DELAYS,
        on_failure: Callable[[Record], None],
    ) -> None:
        self._sandboxes = sandboxes
        self._on_failure = on_failure
        self._retry_delays = retry_delays
        # Threads for each function apart, so that a slow one holds up no other.
        self._threads = {name: ThreadPoolExecutor(MOST_SANDBOXES, f"async-{name}") for name in functions}
        self._waiting: dict[threading.Timer, Invocation] = {}
        self._lock = threading.Lock()
        self._stopped = False

    def submit(self, function: str, event: Any, request_id: str, trace: str | None = None) -> None:
        self._start(Invocation(function, event, request_id, trace))

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
        tries = len(self._retry_delays)
        try:
            answer = self._sandboxes.invoke(
                invocation.function, invocation.event, request_id=invocation.request_id, trace=invocation.trace
            )
            error = answer.payload if answer.failed else None
        except Throttled:
            error = {"errorMessage": "no sandbox got free"}
        except Recursive:
            error, tries = {"errorMessage": "a loop is stopped, as Lambda would"}, 0
        if error is None:
            return
        log.warning("%s %s failed: %s", invocation.function, invocation.request_id, error.get("errorMessage"))
        if invocation.tries < tries:
            self._retry(invocation)
        else:
            self._on_failure(_record(invocation, error))

    def _retry(self, failed: Invocation) -> None:
        invocation = Invocation(failed.function, failed.event, failed.request_id, failed.trace, failed.tries + 1)

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


def _record(invocation: Invocation, error: Record) -> Record:
    """Return what Lambda sends to the destination
    (https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html).
    """
    return {
        "version": "1.0",
        "timestamp": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "requestContext": {
            "requestId": invocation.request_id,
            "functionArn": f"{function_arn(physical_name(invocation.function))}:$LATEST",
            "condition": "RetriesExhausted",
            "approximateInvokeCount": invocation.tries + 1,
        },
        "requestPayload": invocation.event,
        "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
        "responsePayload": error,
    }
