"""One sandbox: a worker process with one function, and Lambda's errors for a function without an answer.

Between invocations the process is stopped, as Lambda freezes a sandbox: no thread of it runs, and it may sleep for hours.
"""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.local.account import function_arn
from infra.local.runtime import function_error
from infra.topology.model import Function, physical_name

REPOSITORY = Path(__file__).parents[3]
#: Lambda gives a cold start ten seconds of its own; a laptop that starts many at once needs more.
INIT_SECONDS = 60.0
#: The variables of the user's environment that a sandbox sees: none of their AWS account.
INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "SSL_CERT_FILE")


@dataclass(frozen=True, slots=True)
class Invocation:
    """The input of a function. `client_context` is the JSON that a synchronous caller sent, `trace` the trace header."""

    event: Any
    request_id: str
    client_context: Any = None
    trace: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """The result of an invocation: the function's JSON, or an error payload with `failed`."""

    payload: Any
    failed: bool = False


class Gone(Exception):
    """The process ended while it was idle. Another sandbox may take the event."""


class Sandbox:
    """Starts the process at once. It handles one invocation at a time."""

    def __init__(
        self, function: Function, *, environment: Mapping[str, str], log: Path, python: str = sys.executable
    ) -> None:
        self._function = function
        self._wire, theirs = socket.socketpair()
        with theirs, log.open("ab") as output:
            # In a process group of its own: Ctrl-C in the terminal is for the engine, which lets invocations finish. Not in a
            # session of its own: a stopped process whose engine is killed would stay for ever. As it is, its group is orphaned
            # then, and the system ends it (SIGHUP).
            self._process = subprocess.Popen(
                _command(python, function, theirs.fileno()),
                cwd=REPOSITORY,
                env={**_inherited(), **environment},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                pass_fds=[theirs.fileno()],
                process_group=0,
            )
        self._lines = self._wire.makefile("rb")
        self._loaded = False

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    @property
    def pid(self) -> int:
        return self._process.pid

    def invoke(self, invocation: Invocation) -> Answer:
        """Whatever the function does is an answer; after a timeout or an exit the sandbox is no longer alive.

        Raises Gone if the process ended before it took the event.
        """
        request_id = invocation.request_id
        if not self._loaded:
            loaded = self._read(request_id, INIT_SECONDS)
            if loaded.failed:
                self.close()
                return Answer({**loaded.payload, "requestId": request_id}, failed=True)
            self._loaded = True
        self._signal(signal.SIGCONT)
        self._hand_over(invocation)
        answer = self._read(request_id, self._function.timeout)
        self._freeze()
        return answer

    def _freeze(self) -> None:
        """Stop the process, and return once it has: if the engine is killed before that, the system does not end it."""
        self._signal(signal.SIGSTOP)
        with suppress(ChildProcessError):
            os.waitid(os.P_PID, self.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)

    def _signal(self, kind: signal.Signals) -> None:
        if self.alive:
            self._process.send_signal(kind)

    def _hand_over(self, invocation: Invocation) -> None:
        self._wire.settimeout(INIT_SECONDS)
        try:
            handed = {"event": invocation.event, "context": self._context(invocation), "trace": invocation.trace}
            self._wire.sendall(json.dumps(handed).encode() + b"\n")
            taken = self._lines.readline()
        except OSError:
            taken = b""
        if not taken:
            raise Gone

    def _context(self, invocation: Invocation) -> dict[str, Any]:
        name = physical_name(self._function.name)
        return {
            "aws_request_id": invocation.request_id,
            "client_context": invocation.client_context,
            "function_name": name,
            "invoked_function_arn": function_arn(name),
            "memory_limit_in_mb": str(self._function.memory_mb),
            "timeout": self._function.timeout,
        }

    def close(self) -> None:
        """Kill the process and wait until it is gone."""
        self._process.kill()
        self._process.wait()
        self._lines.close()
        self._wire.close()

    def _read(self, request_id: str, seconds: float) -> Answer:
        self._wire.settimeout(seconds)
        try:
            line = self._lines.readline()
        except TimeoutError:
            self.close()
            return Answer(function_error.timed_out(request_id, seconds), failed=True)
        except OSError:  # the process ended in the middle
            line = b""
        if line.endswith(b"\n"):
            return Answer(**json.loads(line))
        self._process.wait()
        return Answer(function_error.exited(request_id, self._process.returncode), failed=True)


def _command(python: str, function: Function, wire: int) -> list[str]:
    worker = [python, "-u", "-m", "infra.local.runtime.worker"]
    return [*worker, function.entry, physical_name(function.name), str(wire), str(function.memory_mb)]


def _inherited() -> dict[str, str]:
    return {name: os.environ[name] for name in INHERITED if name in os.environ}
