"""Run by the emulator's own Python with the path of a pid file: the emulator, until told to end or left alone.

A launcher that is killed cannot stop it, but in dying lets go of its stdin; the emulator then ends in good order, and
only in good order does it write its messages down. The pid file is locked for as long as it lives, so that a later
launcher can tell it from another process that bears its number.
"""

import fcntl
import os
import runpy
import signal
import sys
import threading
from pathlib import Path


def _end_with_launcher() -> None:
    os.read(sys.stdin.fileno(), 1)
    os.kill(os.getpid(), signal.SIGTERM)


def main(pid_file: Path) -> None:
    with pid_file.open("r+") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        held.truncate()
        held.write(f"{os.getpid()}\n")
        held.flush()
        threading.Thread(target=_end_with_launcher, daemon=True).start()
        sys.argv = ["ministack"]
        runpy.run_module("ministack", run_name="__main__")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
