"""Where a running laptop is to be found: one file in its data folder, and the lock of whoever runs it."""

import fcntl
import json
import os
from pathlib import Path
from typing import Any

DEFAULT_DATA_DIR = Path(".owlpost")


class NotRunning(Exception):
    """No Owlpost runs on this data folder."""


class AlreadyRunning(Exception):
    """Another process runs Owlpost on this data folder."""


class Instance:
    """The data folder's lock and state; the lock ends with its process, however it ends."""

    def __init__(self, data_dir: Path) -> None:
        self._lock_file = data_dir / "lock"
        self._state_file = data_dir / "instance.json"
        self._lock: int | None = None

    def hold(self) -> None:
        """Raises AlreadyRunning."""
        self._lock_file.parent.mkdir(parents=True, exist_ok=True)
        lock = os.open(self._lock_file, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(lock)
            raise AlreadyRunning(f"Owlpost already runs on {self._lock_file.parent}") from None
        self._lock = lock

    def publish(self, state: dict[str, Any]) -> None:
        """Write the state whole or not at all: others may read at any moment."""
        draft = self._state_file.with_suffix(".draft")
        draft.write_text(json.dumps(state, indent=2), encoding="utf-8")
        draft.replace(self._state_file)

    def release(self) -> None:
        if self._lock is not None:
            self._state_file.unlink(missing_ok=True)
            os.close(self._lock)
            self._lock = None

    def state(self) -> dict[str, Any]:
        """What the running process published. Raises NotRunning, also for what a killed one left behind."""
        if not self._lock_file.exists():
            raise NotRunning(f"No Owlpost runs on {self._lock_file.parent}; start one with `owlpost up`.")
        try:
            self.hold()
        except AlreadyRunning:
            try:
                published: dict[str, Any] = json.loads(self._state_file.read_text(encoding="utf-8"))
            except FileNotFoundError:
                raise NotRunning("Owlpost is still starting") from None
            return published
        self.release()
        raise NotRunning(f"No Owlpost runs on {self._lock_file.parent}; start one with `owlpost up`.")
