"""Starting a laptop: asking where it runs disturbs nothing, and its data is for its owner alone."""

import os
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from pg8000.exceptions import DatabaseError, InterfaceError
from pg8000.native import Connection

from infra.local.laptop.instance import AlreadyRunning, CannotStart, Instance, NotRunning
from infra.local.laptop.port import choose_port
from infra.local.postgres.server import Postgres

HOLDER = """
import pathlib, sys
from infra.local.laptop.instance import Instance
instance = Instance(pathlib.Path(sys.argv[1]))
instance.hold()
if sys.argv[2] == "published":
    instance.publish({"api": "http://localhost:1"})
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


def hold(folder: Path, state: str) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(folder), state], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def end(process: subprocess.Popen[str], ending: signal.Signals) -> None:
    process.send_signal(ending)
    process.communicate()


def test_a_port_is_kept_for_the_next_start_and_given_up_where_it_is_taken(tmp_path: Path, taken: int) -> None:
    first = choose_port(tmp_path, 0)
    assert choose_port(tmp_path, 0) == first
    (tmp_path / "port").write_text(str(taken))
    assert choose_port(tmp_path, 0) != taken
    (tmp_path / "port").write_text("cut sh")
    assert choose_port(tmp_path, 0) > 0
    with pytest.raises(CannotStart, match=f"port {taken} cannot be used: Address already in use; choose another"):
        choose_port(tmp_path, taken)


def test_asking_where_it_runs_never_makes_a_start_fail(tmp_path: Path) -> None:
    ended = threading.Event()

    def ask() -> None:
        while not ended.is_set():
            with suppress(NotRunning):
                Instance(tmp_path).state()

    asking = [threading.Thread(target=ask) for _ in range(4)]
    for each in asking:
        each.start()
    try:
        for number in range(200):
            starting = Instance(tmp_path)
            starting.hold()
            starting.publish({"number": number})
            assert Instance(tmp_path).state() == {"number": number}
            starting.release()
    finally:
        ended.set()
        for each in asking:
            each.join()


def test_a_laptop_that_starts_after_one_that_was_killed_names_no_dead_address(tmp_path: Path) -> None:
    end(hold(tmp_path, "published"), signal.SIGKILL)
    with pytest.raises(NotRunning, match="start one with"):
        Instance(tmp_path).state()
    starting = hold(tmp_path, "not yet published")
    with pytest.raises(NotRunning, match="is starting"):
        Instance(tmp_path).state()
    end(starting, signal.SIGTERM)


def test_a_laptop_that_ends_is_named_no_more(tmp_path: Path) -> None:
    instance = Instance(tmp_path)
    instance.hold()
    instance.publish({"api": "http://localhost:1"})
    instance.withdraw()
    with pytest.raises(NotRunning, match="ending"):
        Instance(tmp_path).state()
    with pytest.raises(AlreadyRunning):
        Instance(tmp_path).hold()
    instance.release()


def test_nothing_runs_on_what_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(NotRunning, match="start one with"):
        Instance(tmp_path / "file").state()


def test_asking_makes_no_folder(tmp_path: Path) -> None:
    with pytest.raises(NotRunning):
        Instance(tmp_path / "none").state()
    assert not (tmp_path / "none").exists()


def test_the_data_folder_is_for_its_owner_alone(tmp_path: Path) -> None:
    older = tmp_path / "older"
    older.mkdir(mode=0o755)
    for folder in (older, tmp_path / "new"):
        instance = Instance(folder)
        instance.hold()
        instance.release()
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@pytest.fixture
def public_folder() -> Iterator[Path]:
    """Not `tmp_path`, which lies in a private folder."""
    with tempfile.TemporaryDirectory(prefix="owlpost-test-") as made:
        yield Path(made)


def asks(server: Postgres, password: str) -> None:
    Connection(server.user, server.host, "owlpost", server.port, password=password, ssl_context=False).close()


def test_the_database_of_a_private_folder_asks_for_its_password(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    with Postgres(tmp_path / "postgres", durable=False) as older, older.connect() as connection:
        connection.run("create table note as select 'kept' as text")
    for password in ("first'secret", "second"):  # made without one, and given another
        with Postgres(tmp_path / "postgres", durable=False, password=password) as server:
            with server.connect() as connection:
                assert connection.run("select text from note") == [["kept"]]
            for wrong in ("guessed", ""):
                with pytest.raises((DatabaseError, InterfaceError), match="28P01"):
                    asks(server, wrong)
            assert password.replace("'", "%27") in server.uri()


@pytest.mark.skipif(os.geteuid() != 0, reason="root alone starts the server as another user")
def test_a_cluster_in_a_folder_that_becomes_private_moves_along(public_folder: Path) -> None:
    folder = public_folder
    folder.chmod(0o755)
    with Postgres(folder / "postgres", durable=False) as server, server.connect() as connection:
        connection.run("create table note as select 'kept' as text")
    assert not (folder / "postgres").is_symlink()
    folder.chmod(0o700)
    with Postgres(folder / "postgres", durable=False) as server, server.connect() as connection:
        assert connection.run("select text from note") == [["kept"]]
    assert (folder / "postgres").is_symlink()
