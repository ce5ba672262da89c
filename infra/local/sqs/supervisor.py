"""Restarts the emulator after an unexpected end. Without queues a laptop would take requests and deliver nothing."""

import logging
import threading
from collections.abc import Callable

from botocore.exceptions import BotoCoreError, ClientError

from infra.local.sqs.emulator import Emulator, EmulatorError

log = logging.getLogger(__name__)

#: How often it looks, and how long it waits after a start that failed. In seconds.
LOOK_SECONDS = 0.2
PAUSE_SECONDS = 2.0


class Supervisor:
    """Watches a running emulator until it is told to stop. It calls `restored` after each restart, when no queue exists yet."""

    def __init__(self, emulator: Emulator, *, restored: Callable[[], None]) -> None:
        self._emulator = emulator
        self._restored = restored
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sqs-supervisor", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Return when it no longer starts anything."""
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopping.wait(LOOK_SECONDS):
            if not self._emulator.running:
                self._start_again()

    def _start_again(self) -> None:
        log.warning("the SQS emulator ended; what was queued since its last start is lost, it is started again")
        try:
            self._emulator.restart()
            self._restored()
        except (EmulatorError, BotoCoreError, ClientError):
            log.exception("the SQS emulator could not be started again")
            self._emulator.stop()
            self._stopping.wait(PAUSE_SECONDS)
