"""CPU and memory of a running system by part, from Linux' accounting of its processes."""

import os
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

#: A text in the command line of each part.
PARTS = {
    "postgres": "Postgres",
    "emulator_process": "SQS emulator",
    "fauxqs": "SQS emulator",
    "infra.local.providers": "fake providers",
    "functions.enqueue": "enqueue",
    "functions.deliver": "deliver",
}
#: Event sources, Invoke API and producers are threads of this process.
OURS = "event sources and producers"


def cpu_milliseconds() -> Counter[str]:
    """Return the CPU so far by part; empty without /proc."""
    return _by_part(_milliseconds, Counter.update)


def largest_mib() -> Counter[str]:
    """Return the resident memory of the largest process of each part in MiB; empty without /proc.

    Of Postgres' processes each counts what it shares with the others.
    """
    return _by_part(_mib, Counter.__ior__)


def _by_part(figure: Callable[[int], int], into: Callable[[Counter[str], Counter[str]], object]) -> Counter[str]:
    """Return a figure of each process, put together by part."""
    figures: Counter[str] = Counter()
    for pid, command in _commands():
        part = OURS if pid == os.getpid() else next((part for said, part in PARTS.items() if said in command), None)
        if part:
            into(figures, Counter({part: figure(pid)}))
    return figures


def _commands() -> Iterator[tuple[int, str]]:
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            yield int(folder.name), (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:  # the process has ended in the meantime
            continue


def _milliseconds(pid: int) -> int:
    """Return user and system time: fields 14 and 15 of /proc/PID/stat (https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html)."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return (int(fields[11]) + int(fields[12])) * 1_000 // os.sysconf("SC_CLK_TCK")


def _mib(pid: int) -> int:
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (OSError, IndexError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE") // 2**20
