"""Postmaster processes: find the one of a data folder and its children, and stop one without a launcher."""

import os
import platform
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple


class Process(NamedTuple):
    parent: int
    command: str


def wait_until(condition: Callable[[], bool], *, seconds: float, every: float = 0.01) -> bool:
    """Return whether the condition became true before the deadline."""
    deadline = time.monotonic() + seconds
    while not (met := condition()) and time.monotonic() < deadline:
        time.sleep(every)
    return met


def pid_file(home: Path) -> Path:
    """Written by the server: pid, folder, start time, port, socket folder, address, shared memory key, status."""
    return home / "postmaster.pid"


def is_ready(home: Path, pid: int) -> bool:
    """Return whether this process wrote the pid file and is ready. The file of a killed process still says so."""
    lines = _pid_lines(home)
    return len(lines) > 7 and lines[0] == str(pid) and lines[7].strip() == "ready"


def running_postmaster(home: Path) -> int | None:
    """Return the pid in the pid file if it is a postmaster of this folder, and not a later process with that number."""
    lines = _pid_lines(home)
    if not lines or not lines[0].isdigit():
        return None
    process = _process(int(lines[0]))
    return int(lines[0]) if process and f" -D {home} " in process.command else None


def children(pid: int) -> list[int]:
    """Return the children by their parent. Each backend leads its own session, so there is no common process group."""
    return [child for child, process in _processes().items() if process.parent == pid]


def is_alive(pid: int) -> bool:
    """Return whether the process lives. A zombie does not, although it can be signalled."""
    process = _process(pid)
    return process is not None and bool(process.command.strip())


def retire(home: Path) -> None:
    """Stop a server whose launcher was killed, and repair a stale pid file that would block the next start."""
    for ending in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):  # fast, immediate, by force
        if (pid := running_postmaster(home)) is None:
            break
        os.kill(pid, ending)
        wait_until(lambda: running_postmaster(home) is None, seconds=20)
    _defuse(home)


def _defuse(home: Path) -> None:
    """Put our pid into a stale pid file.

    Postgres refuses to start while any process has the pid in the file, except for its own parent.
    Removing the file would also remove the shared memory key, by which it knows that children of a killed server
    still write.
    """
    if lines := _pid_lines(home):
        pid_file(home).write_text("\n".join([str(os.getpid()), *lines[1:], ""]))
    else:
        pid_file(home).unlink(missing_ok=True)  # cut short by a power loss: Postgres refuses an empty one


def _pid_lines(home: Path) -> list[str]:
    try:
        return pid_file(home).read_text().splitlines()
    except FileNotFoundError:
        return []


def _process(pid: int) -> Process | None:
    if platform.system() != "Linux":
        return _processes().get(pid)
    try:
        # `cwd` would tell more, but root in a container may not read that of another user's process.
        parent = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[1]
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
        return Process(int(parent), os.fsdecode(command).replace("\0", " "))
    except OSError:  # it has ended
        return None


def _processes() -> dict[int, Process]:
    if platform.system() == "Linux":  # where `ps` is often missing
        found = {int(folder.name): _process(int(folder.name)) for folder in Path("/proc").glob("[0-9]*")}
        return {pid: process for pid, process in found.items() if process}
    command = ["/bin/ps", "-A", "-ww", "-o", "pid=,ppid=,command="]
    rows = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    return {int(pid): Process(int(parent), f"{line} ") for pid, parent, line in (row.split(None, 2) for row in rows)}
