"""The pool of sandboxes: one per concurrent invocation, started on demand, kept warm, replaced after their end."""

import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

from infra.local.runtime import lineage
from infra.local.runtime.sandbox import Answer, Gone, Invocation, Sandbox
from infra.topology.model import Function, Topology

#: A laptop is smaller than a region: more sandboxes than this of one function only compete for its cores.
MOST_SANDBOXES = 4
#: Seconds that an invocation waits for a free sandbox: as long as API Gateway waits. Lambda would start another one.
PATIENCE_SECONDS = 30.0


class Throttled(Exception):
    """All sandboxes of the function were busy for too long."""


@dataclass(slots=True)
class Room:
    """The sandboxes of one function, up to its limit. Idle ones are on a stack."""

    function: Function
    most: int
    free: threading.Semaphore
    idle: list[Sandbox] = field(default_factory=list)
    busy: list[Sandbox] = field(default_factory=list)

    @classmethod
    def of(cls, function: Function) -> "Room":
        most = min(MOST_SANDBOXES, function.reserved_concurrency or MOST_SANDBOXES)
        return cls(function, most, threading.BoundedSemaphore(most))

    def warm(self) -> Sandbox | None:
        """Return the living sandbox that was used last. One may have been killed in the meantime."""
        while True:
            try:
                sandbox = self.idle.pop()
            except IndexError:
                return None
            if sandbox.alive:
                return sandbox
            sandbox.close()


class Sandboxes:
    """Invokes the topology's functions. `environment` returns a function's variables. Its log is `logs/<name>.log`. `python`
    is the interpreter that runs them.
    """

    def __init__(
        self,
        topology: Topology,
        *,
        data_dir: Path,
        environment: Callable[[Function], Mapping[str, str]],
        patience: float = PATIENCE_SECONDS,
        python: str = sys.executable,
    ) -> None:
        self._rooms = {function.name: Room.of(function) for function in topology.functions}
        self._logs = data_dir.absolute() / "logs"
        self._logs.mkdir(parents=True, exist_ok=True)
        self._environment = environment
        self._patience = patience
        self._python = python
        self._stopped = False
        self._bedtime = threading.Lock()

    def invoke(self, name: str, event: Any, *, request_id: str | None = None, trace: str | None = None) -> Answer:
        """Run the function and wait for its answer; see `run`."""
        return self.run(name, Invocation(event, request_id or str(uuid4()), trace=trace))

    def run(self, name: str, invocation: Invocation) -> Answer:
        """Run the function and wait for its answer. `invocation.trace` is its caller's.

        Raises KeyError for an unknown name, Throttled if no sandbox gets free, Recursive if the chain of requests is too long.
        """
        room = self._rooms[name]
        entered = replace(invocation, trace=lineage.entered(invocation.trace, name))
        if not room.free.acquire(timeout=self._patience):
            raise Throttled(name)
        try:
            return self._run(room, entered)
        finally:
            room.free.release()

    def pids(self, name: str) -> list[int]:
        """Return the idle processes of the function."""
        return [sandbox.pid for sandbox in list(self._rooms[name].idle)]

    def pids_at_work(self, name: str) -> list[int]:
        """Return the busy processes of the function, the oldest invocation first."""
        return [sandbox.pid for sandbox in list(self._rooms[name].busy)]

    @contextmanager
    def all_asleep(self) -> Iterator[list[int]]:
        """Begin no invocation during the block, which starts when none is running. Give the processes, all of them frozen."""
        with ExitStack() as held, self._bedtime:
            for room in self._rooms.values():
                for _ in range(room.most):
                    room.free.acquire()
                    held.callback(room.free.release)
            yield [sandbox.pid for room in self._rooms.values() for sandbox in room.idle]

    def log(self, name: str) -> Path:
        return self._logs / f"{name}.log"

    def stop(self) -> None:
        """Stop all sandboxes, a busy one after its answer."""
        self._stopped = True
        for room in self._rooms.values():
            with suppress(IndexError):
                while True:
                    room.idle.pop().close()

    def _run(self, room: Room, invocation: Invocation) -> Answer:
        while True:
            sandbox = room.warm() or self._start(room.function)
            room.busy.append(sandbox)
            try:
                answer = sandbox.invoke(invocation)
            except Gone:
                sandbox.close()
                continue
            finally:
                room.busy.remove(sandbox)
            if sandbox.alive and not self._stopped:
                room.idle.append(sandbox)
            else:
                sandbox.close()
            return answer

    def _start(self, function: Function) -> Sandbox:
        environment, log = self._environment(function), self.log(function.name)
        return Sandbox(function, environment=environment, log=log, python=self._python)
