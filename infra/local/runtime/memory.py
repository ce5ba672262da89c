"""A sandbox's memory: the process measures itself and ends if it needs more than its function may have.

A limit of the operating system would not do: macOS does not enforce one, and Linux' counts addresses, not memory.
"""

import os
import resource
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

#: How often a sandbox at work looks at its memory, in seconds.
LOOK_SECONDS = 0.05
MIB = 1024 * 1024
STATUS = Path("/proc/self/status")


def peak_bytes() -> int:
    """Return this process's peak of memory.

    Linux: getrusage() would count in what the process had before it became this program, its launcher's memory.
    """
    if STATUS.exists():
        line = next(line for line in STATUS.read_text().splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) * 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


class MemoryLimit:
    """Kills this process once it has needed more than `megabytes`, as Lambda does: no handler can catch that."""

    def __init__(self, megabytes: int) -> None:
        self._megabytes = megabytes
        self._at_work = threading.Event()
        threading.Thread(target=self._watch, name="memory", daemon=True).start()

    @contextmanager
    def enforced(self) -> Iterator[None]:
        """Check during the block, and once at its end, because code that holds the interpreter's lock cannot be watched."""
        self._at_work.set()
        try:
            yield
        finally:
            self._at_work.clear()
            self._look()

    def _watch(self) -> None:
        while self._at_work.wait():
            self._look()
            time.sleep(LOOK_SECONDS)

    def _look(self) -> None:
        peak = peak_bytes()
        if peak > self._megabytes * MIB:
            told = f"Memory Size: {self._megabytes} MB\tMax Memory Used: {peak // MIB} MB: killed, as Lambda would\n"
            os.write(sys.stderr.fileno(), told.encode())
            os.kill(os.getpid(), signal.SIGKILL)
