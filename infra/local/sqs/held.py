"""Run with the path of a pid file and a command: holds the file, then becomes the command, which holds it until it ends.

`emulator_process.py` does the same for ministack. Node knows no file locks, but keeps the descriptor that it is started with.
"""

import fcntl
import os
import sys
from pathlib import Path


def main(pid_file: Path, command: list[str]) -> None:
    held = os.open(pid_file, os.O_RDWR)
    fcntl.flock(held, fcntl.LOCK_EX)
    os.ftruncate(held, 0)
    os.write(held, f"{os.getpid()}\n".encode())
    os.set_inheritable(held, True)  # noqa: FBT003 (its only parameter)
    os.execv(command[0], command)  # noqa: S606 (the command is the launcher's)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
