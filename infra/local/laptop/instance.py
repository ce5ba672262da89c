"""The address of a running laptop: one file in its data folder, and the lock of the process that runs it."""

import fcntl
import json
import os
from pathlib import Path
from typing import Any

from infra.local.postgres.postmaster import wait_until

DEFAULT_DATA_DIR = Path(".owlpost")
#: How long a start waits for the lock.
PATIENCE_SECONDS = 1.0


class NotRunning(Exception):
    """No Owlpost runs on this data folder."""


class CannotStart(Exception):
    """Owlpost cannot start here. The message is one sentence with the remedy."""


class AlreadyRunning(CannotStart):
    """Another process runs Owlpost on this data folder."""


class Instance:
    """The data folder's lock and state. The lock ends with its process, even if that is killed."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        self._lock_file = data_dir / "lock"
        self._state_file = data_dir / "instance.json"
        self._lock: int | None = None

    def hold(self) -> None:
        """Make the folder ours alone. Raises AlreadyRunning, and CannotStart if the folder cannot be used."""
        try:
            self._data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._data_dir.chmod(0o700)  # it may be older, or made by another command
            lock = os.open(self._lock_file, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            reason = f"{self._data_dir} cannot be used: {error.strerror}"
            raise CannotStart(f"{reason}; name another folder with --data-dir") from None
        # A process that reads the state holds the lock for a moment, and does not run Owlpost.
        if not wait_until(lambda: _locked(lock, fcntl.LOCK_EX), seconds=PATIENCE_SECONDS):
            os.close(lock)
            where = "`owlpost status` says where; name another folder with --data-dir"
            raise AlreadyRunning(f"Owlpost already runs on {self._data_dir}: {where}")
        self._lock = lock
        self.withdraw()  # what a killed process published

    def publish(self, state: dict[str, Any]) -> None:
        """Write the state whole or not at all: others may read at any moment."""
        draft = self._state_file.with_suffix(".draft")
        draft.write_text(json.dumps(state, indent=2), encoding="utf-8")
        draft.replace(self._state_file)

    def withdraw(self) -> None:
        """Withdraw the address: Owlpost is about to end, or has not started yet."""
        self._state_file.unlink(missing_ok=True)

    def release(self) -> None:
        if self._lock is not None:
            self.withdraw()
            os.close(self._lock)
            self._lock = None

    def state(self) -> dict[str, Any]:
        """Return the running process's state, and change nothing.

        Raises NotRunning, also if it is starting or ending, or if the folder cannot be one of a running Owlpost.
        """
        if not self._is_held():
            raise NotRunning(f"No Owlpost runs on {self._data_dir}; start one with `owlpost up`.")
        try:
            published: dict[str, Any] = json.loads(self._state_file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise NotRunning(f"Owlpost on {self._data_dir} is starting or ending.") from None
        return published

    def _is_held(self) -> bool:
        try:
            lock = os.open(self._lock_file, os.O_RDONLY)
        except OSError:  # there is none, or it is no folder, or another user's
            return False
        try:
            return not _locked(lock, fcntl.LOCK_SH)
        finally:
            os.close(lock)


def _locked(lock: int, kind: int) -> bool:
    try:
        fcntl.flock(lock, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
