"""All of Owlpost on one folder, with a flaky SQS between it and the emulator, and all its processes within reach."""

import json
import logging
import os
import signal
import tempfile
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from infra.local.account import CREDENTIALS, REGION
from infra.local.laptop.providers import ProviderProcess
from infra.local.postgres import postmaster
from infra.local.postgres.server import Postgres, throwaway_postgres
from infra.local.runtime.engine import Engine, FunctionFailed
from infra.local.runtime.sandboxes import Throttled
from infra.local.sqs.program import FAUXQS, MINISTACK, Program
from infra.topology.model import physical_name
from owlpost.db.session import Database, DatabaseAddress
from tests.chaos import destinations
from tests.chaos.flaky_postgres import FlakyPostgres
from tests.chaos.flaky_sqs import FlakySqs
from tests.chaos.plan import TIMEOUT, chaos_topology
from tests.support.clock import RUNNING_AHEAD, shadow_clock

HOUR = 3_600.0
SECOND_EMULATOR_EVERY = 5
EVENT_SOURCES = "infra.local.runtime.poller"


@dataclass(frozen=True, slots=True)
class FailedInvocation:
    """A worker that was killed, ran out of time or could not record what it knew; `at` is in epoch seconds."""

    function: str
    at: float


class FailedInvocations(logging.Handler):
    """Those the event sources saw, beside those noted by hand."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.seen: list[FailedInvocation] = []
        #: Seconds by which the system's clocks are ahead of ours.
        self.ahead = 0.0

    def emit(self, record: logging.LogRecord) -> None:
        function, failed, _ = record.getMessage().partition(" failed: ")
        if failed:
            self.note(function)

    def note(self, function: str) -> None:
        self.seen.append(FailedInvocation(function, time.time() + self.ahead))


@dataclass
class System:
    """The parts of a running system, and what one does to them from outside."""

    folder: Path
    postgres: Postgres
    providers: ProviderProcess
    sqs: FlakySqs
    engine: Engine
    failures: FailedInvocations
    #: How the sandboxes reach Postgres.
    flaky_postgres: FlakyPostgres
    #: Postgres is taken down by one at a time.
    postgres_turn: threading.Lock = field(default_factory=threading.Lock)
    #: And so are the providers, and their faults set.
    providers_turn: threading.RLock = field(default_factory=threading.RLock)
    #: What providers that were started anew had injected.
    injected_before: Counter[str] = field(default_factory=Counter)

    def database(self) -> Database:
        where = self.postgres
        return Database.at(DatabaseAddress(host=where.host, port=where.port, name="owlpost", user=where.user))

    def client(self, service: Any, *, endpoint: str) -> Any:
        config = Config(read_timeout=3 * TIMEOUT, retries={"total_max_attempts": 1})
        return boto3.client(service, endpoint_url=endpoint, region_name=REGION, config=config, **CREDENTIALS)

    def invoke(self, name: str, payload: Mapping[str, Any]) -> Any:
        """The function's answer; None where it failed, was killed, or found no sandbox free."""
        try:
            return self.engine.invoke(physical_name(name), payload)
        except FunctionFailed:
            self.failures.note(name)
        except Throttled:
            pass
        return None

    def worker_at_work(self, function: str, *, within: float, after: float) -> int | None:
        """Return a process of the function that has been at work for so many seconds; None if none has in time."""
        deadline = time.monotonic() + within
        while time.monotonic() < deadline:
            at_work = self.engine.sandboxes.pids_at_work(function)
            if at_work and not self._rests(function, at_work[0], within=after):
                return at_work[0]
            time.sleep(0.01)
        return None

    def emulator_pid(self) -> int | None:
        said = (self.folder / "sqs" / "emulator.pid").read_text()
        return int(said) if said.strip() else None

    def pass_an_hour(self) -> None:
        """Let an hour pass while every sandbox sleeps."""
        self.pass_time(HOUR)

    def pass_time(self, seconds: float) -> None:
        """Set all clocks so many seconds ahead, and cut all connections."""
        self.failures.ahead += seconds
        (self.folder / "ahead").write_text(str(self.failures.ahead), encoding="utf-8")
        self.injected_before += self.injected_by_providers()
        self.providers.stop()
        self.providers.ahead = self.failures.ahead
        self.providers.start()
        self.sqs.cut()
        self.flaky_postgres.cut()
        with self.postgres_turn, self.postgres.connect() as connection:
            connection.run(f"insert into testing.ahead values (interval '{seconds} seconds')")

    def switchboard(self, method: str, fault: Mapping[str, object] | None = None) -> Any:
        """Ask the providers for their faults, add one, or end them all."""
        url = f"{self.providers.mailbox}/faults"
        body = json.dumps(fault).encode() if fault else None
        with urllib.request.urlopen(urllib.request.Request(url, body, method=method), timeout=30) as answer:
            return json.load(answer)

    def injected_by_providers(self) -> Counter[str]:
        """Return what the providers have injected since they were started."""
        by_provider: Mapping[str, Mapping[str, int]] = self.switchboard("GET")["injected"]
        return Counter({f"{name}: {kind}": n for name, kinds in by_provider.items() for kind, n in kinds.items()})

    def strikes(self) -> Counter[str]:
        """What the sandboxes noted of their strangeness."""
        file = self.folder / "strikes"
        return Counter(file.read_text(encoding="utf-8").splitlines() if file.exists() else ())

    def _rests(self, function: str, pid: int, *, within: float) -> bool:
        return postmaster.wait_until(lambda: pid not in self.engine.sandboxes.pids_at_work(function), seconds=within)

    @contextmanager
    def hanging_sqs(self) -> Iterator[None]:
        """The emulator stands still: whoever asks it something waits."""
        pid = self.emulator_pid()
        with suppress(ProcessLookupError):
            if pid:
                os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            with suppress(ProcessLookupError):
                if pid:
                    os.kill(pid, signal.SIGCONT)


def emulator_of(seed: int) -> Program:
    """Return what plays SQS: for one seed in five the second emulator, so that no promise rests on what only one believes."""
    return MINISTACK if seed % SECOND_EMULATOR_EVERY else FAUXQS


@contextmanager
def running_system(seed: int) -> Iterator[System]:
    """A fresh system with its schema, gone afterwards with all its processes and data."""
    with ExitStack() as parts:
        folder = Path(parts.enter_context(tempfile.TemporaryDirectory(prefix="owlpost-chaos-")))
        parts.enter_context(destinations.all_on())
        postgres = parts.enter_context(throwaway_postgres())
        providers = ProviderProcess(folder / "providers", resend_rate=20).start()
        parts.callback(providers.stop)
        with postgres.connect() as connection:
            connection.run(RUNNING_AHEAD)
        shadow_clock(postgres, "owlpost")
        sqs = parts.enter_context(FlakySqs(seed))
        flaky_postgres = parts.enter_context(FlakyPostgres(postgres.host, postgres.port))
        engine = Engine(
            chaos_topology(sqs=sqs.url, folder=folder),
            data_dir=folder,
            database={
                "DATABASE_HOST": postgres.host,
                "DATABASE_PORT": str(flaky_postgres.port),
                "DATABASE_NAME": "owlpost",
                "DATABASE_USER": postgres.user,
            },
            environment={
                **providers.settings(),
                **destinations.environment(providers),
                "UNSUBSCRIBE_KEYS": "chaos-" * 8,
                "JWT_KEYS": "chaos-" * 8,
            },
            sqs=emulator_of(seed),
        )
        engine.start(first={physical_name("migrate"): {}})
        parts.callback(engine.stop)
        sqs.target = engine.urls["sqs"]
        failures = FailedInvocations()
        logging.getLogger(EVENT_SOURCES).addHandler(failures)
        parts.callback(logging.getLogger(EVENT_SOURCES).removeHandler, failures)
        yield System(folder, postgres, providers, sqs, engine, failures, flaky_postgres)
