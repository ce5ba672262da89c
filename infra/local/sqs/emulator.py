"""SQS on this machine: the emulator as a child process, with the topology's queues.

ministack keeps messages in memory and writes them to the data folder when it ends in good order, which it also does when
its launcher is killed. Only a SIGKILL of it loses what was queued; the sweep then sends deliveries again. fauxqs loses
what was queued however it ends.
"""

import fcntl
import json
import os
import signal
import subprocess
from contextlib import suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import TYPE_CHECKING, Self

import boto3
from botocore.config import Config

from infra.local.account import CREDENTIALS, LOOPBACK, REGION, queue_arn
from infra.local.free_port import free_port
from infra.local.postgres.postmaster import wait_until
from infra.local.sqs.program import MINISTACK, REPOSITORY, Program, Start
from infra.topology.model import FOURTEEN_DAYS, Queue, physical_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from types import TracebackType

    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.literals import QueueAttributeNameType

START_SECONDS = 30.0
STOP_SECONDS = 20.0
TRIES = 3


class EmulatorError(Exception):
    """The emulator did not start. The message has the reason, or the path of its log."""


class Emulator:
    """One emulator on one data folder: its messages in `state/`, its log in `emulator.log`. `url` is its endpoint."""

    def __init__(
        self, data_dir: Path, *, program: Program = MINISTACK, services: str = "sqs", path: "Sequence[Path]" = ()
    ) -> None:
        """`services` are the AWS services that ministack plays, empty for all. `path` are more folders with programs."""
        self.program = program
        self.data_dir = data_dir.absolute()
        self.log = self.data_dir / "emulator.log"
        self.port = 0
        self._services = services
        self._path = path
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: "type[BaseException] | None", error: "BaseException | None", trace: "TracebackType | None"
    ) -> None:
        self.stop()

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Return once it answers. Raises EmulatorError if it does not come up."""
        if not self.program.needs.exists():
            raise EmulatorError(
                f"there is no {self.program.needs.relative_to(REPOSITORY)}: run `{self.program.made_by}`"
            )
        self.data_dir.mkdir(parents=True, exist_ok=True)
        self._retire_former()
        for _ in range(TRIES):  # somebody may take the free port before the emulator does
            if self._answers(port=free_port()):
                return
        raise EmulatorError(f"the SQS emulator did not start; its log is {self.log}")

    def restart(self) -> None:
        """Start it again on its port, because its address is in use. Raises EmulatorError if it does not come up."""
        self.stop()
        self._retire_former()
        if not self._answers(port=self.port):
            raise EmulatorError(f"the SQS emulator did not start again on port {self.port}; its log is {self.log}")

    def _answers(self, *, port: int) -> bool:
        """Launch it on this port. Return False if it does not come up."""
        self.port = port
        self._process = self._launch()
        wait_until(lambda: not self.running or self._healthy(), seconds=START_SECONDS)
        if self.running and self._healthy():
            return True
        self.stop()
        return False

    def stop(self) -> None:
        """Stop it and return when its messages are saved. Harmless if it does not run."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdin:
            self._process.stdin.close()
        self._process = None

    def client(self, *, connections: int = 10) -> "SQSClient":
        config = Config(max_pool_connections=connections, retries={"mode": "standard", "max_attempts": 3})
        return boto3.client("sqs", endpoint_url=self.url, region_name=REGION, config=config, **CREDENTIALS)

    def ensure_queues(self, queues: "Iterable[Queue]") -> dict[str, str]:
        """Create missing queues and update the others. Return URLs by queue name, with those of dead-letter queues."""
        client = self.client()
        urls: dict[str, str] = {}
        for queue in queues:  # the dead-letter queue first: SQS refuses to redrive to one that is not there
            urls[queue.dead_letter_name] = _ensure(client, queue.dead_letter_name, _dead_letter_attributes(queue))
            urls[queue.name] = _ensure(client, queue.name, _attributes(queue))
        return urls

    def ensure_queue(self, name: str) -> str:
        """Create a queue that no topology lists, if it is missing. Return its URL."""
        return _ensure(self.client(), name, {"MessageRetentionPeriod": str(FOURTEEN_DAYS)})

    @property
    def _pid_file(self) -> Path:
        return self.data_dir / "emulator.pid"

    def _launch(self) -> subprocess.Popen[bytes]:
        start = Start(self.port, self.data_dir, self._pid_file, self._services, self._path)
        self._pid_file.touch()
        with self.log.open("ab") as log:
            # In a session of its own, as Ctrl-C in the terminal is for us, who stop it last.
            return subprocess.Popen(
                self.program.command(start),
                cwd=self.data_dir,
                env=self.program.environment(start),
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def _healthy(self) -> bool:
        connection = HTTPConnection(LOOPBACK, self.port, timeout=1)
        try:
            connection.request("GET", self.program.health)
            return connection.getresponse().status == 200
        except (OSError, HTTPException):
            return False
        finally:
            connection.close()

    def _retire_former(self) -> None:
        """Stop the emulator of a killed launcher, which may still be saving its messages."""
        for ending in (signal.SIGTERM, signal.SIGKILL):
            if (pid := self._holder()) is not None:
                with suppress(ProcessLookupError):
                    os.kill(pid, ending)
                wait_until(lambda: self._holder() is None, seconds=STOP_SECONDS)

    def _holder(self) -> int | None:
        """Return the process that holds this folder's pid file; None if there is none."""
        with self._pid_file.open("a+") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                file.seek(0)
                return int(file.read() or 0) or None
        return None


def _attributes(queue: Queue) -> "dict[QueueAttributeNameType, str]":
    redrive = {"deadLetterTargetArn": queue_arn(queue.dead_letter_name), "maxReceiveCount": queue.max_receive_count}
    return {
        "VisibilityTimeout": str(queue.visibility_timeout),
        "MessageRetentionPeriod": str(queue.retention),
        "RedrivePolicy": json.dumps(redrive),
    }


def _dead_letter_attributes(queue: Queue) -> "dict[QueueAttributeNameType, str]":
    return {"MessageRetentionPeriod": str(queue.dead_letter_retention)}


def _ensure(client: "SQSClient", name: str, attributes: "Mapping[QueueAttributeNameType, str]") -> str:
    url = client.create_queue(QueueName=physical_name(name))["QueueUrl"]
    client.set_queue_attributes(QueueUrl=url, Attributes=attributes)
    return url
