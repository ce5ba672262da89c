"""What one input may cost this process, however its sizes multiply: time of the processor, and memory at its highest."""

import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

#: Far above what any of our inputs costs, so that a busy machine fails no test, and far below what a function has.
SECONDS = 1.5
MEBIBYTES = 96
#: Of each byte beyond what HTTP takes: Python holds many small members in some fifty times their text.
BYTES_EACH = 60
USUAL = 64 * 1024
#: Linux only: writing 5 here makes the highest memory so far the present one.
RESET = Path("/proc/self/clear_refs")
STATUS = Path("/proc/self/status")


class TooCostly(Exception):
    """It cost more than its size allows."""


@contextmanager
def bounded(size: int) -> Iterator[None]:
    """Raise TooCostly if what is inside costs more than `size` bytes of input may."""
    _reset()
    memory, began = _highest(), time.process_time()
    yield
    seconds, mebibytes = time.process_time() - began, (_highest() - memory) / 1024
    extra = max(0, size - USUAL)
    if seconds > SECONDS + extra / 200_000 or mebibytes > MEBIBYTES + extra * BYTES_EACH / 2**20:
        raise TooCostly(f"{size} bytes of input cost {seconds:.1f} s and {mebibytes:.0f} MiB")


def _reset() -> None:
    if RESET.exists():
        RESET.write_text("5", encoding="ascii")


def _highest() -> int:
    """Return the most memory that was held since the reset, in KiB. Elsewhere than on Linux, since the process began."""
    if RESET.exists():
        lines = STATUS.read_text(encoding="ascii").splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
