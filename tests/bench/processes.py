"""CPU of a running system by part, from Linux' accounting of its processes."""

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

#: A text in the command line of each part.
PARTS = {
    "postgres": "Postgres",
    "emulator_process": "SQS emulator",
    "infra.local.providers": "fake providers",
    "functions.enqueue": "enqueue",
    "functions.deliver": "deliver",
}
#: Event sources, Invoke API and producers are threads of this process.
OURS = "event sources and producers"


def cpu_milliseconds() -> Counter[str]:
    """Return the CPU so far by part; empty without /proc."""
    milliseconds: Counter[str] = Counter()
    for pid, command in _commands():
        part = OURS if pid == os.getpid() else next((part for said, part in PARTS.items() if said in command), None)
        if part:
            milliseconds[part] += _milliseconds(pid)
    return milliseconds


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
