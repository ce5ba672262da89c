"""Connecting to a server that goes away before the session has begun: an outage, and no socket is left open."""

import gc
import socket
import ssl
import struct
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Self

import certifi
import pytest
from sqlalchemy.exc import DBAPIError

from infra.local.postgres.server import Postgres
from infra.local.providers.credentials import Credentials
from infra.topology.plan import topology
from owlpost.db.outage import is_outage, is_unreachable
from owlpost.db.session import STATEMENT_TIMEOUT, Database, DatabaseAddress

#: Closing a socket with this set sends a reset at once (SO_LINGER without time to linger).
RESET = struct.pack("ii", 1, 0)
#: Several, so that resets meet each step of connecting.
TRIES = 5
#: Seconds for a step of a connect, in these tests.
PATIENCE = 0.2

Conduct = Callable[[socket.socket], object]


def reset(client: socket.socket) -> None:
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    client.close()


def end_after_the_first_byte(client: socket.socket) -> None:
    client.recv(1)
    client.close()


def reset_after_the_first_message(client: socket.socket) -> None:
    client.recv(4096)
    reset(client)


def speak_something_else(client: socket.socket) -> None:
    client.recv(4096)
    client.sendall(b"HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n")
    client.close()


def say_nothing(client: socket.socket) -> None:
    """Half open: the connection stands and nobody answers."""


@pytest.fixture(
    params=[reset, end_after_the_first_byte, reset_after_the_first_message, speak_something_else, say_nothing]
)
def server(request: pytest.FixtureRequest) -> Iterator[int]:
    """The port of a server that treats each client so."""
    conduct: Conduct = request.param
    with ExitStack() as open_sockets:
        listening = open_sockets.enter_context(socket.create_server(("127.0.0.1", 0)))

        def accept() -> None:
            with suppress(OSError):
                while True:
                    conduct(open_sockets.enter_context(listening.accept()[0]))

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        yield listening.getsockname()[1]
        listening.shutdown(socket.SHUT_RDWR)
        thread.join()


@pytest.mark.parametrize("tls_authority", [None, certifi.where()], ids=["plain", "tls"])
def test_a_failed_connect_is_an_outage_and_leaves_no_socket_open(server: int, tls_authority: str | None) -> None:
    gc.collect()  # what other tests left
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always", ResourceWarning)
        for _ in range(TRIES):
            assert is_outage(_failure(server, tls_authority))
        gc.collect()
    assert [str(each.message) for each in warned] == []


def _failure(port: int, tls_authority: str | None = None, *, connect_timeout: float = PATIENCE) -> DBAPIError:
    address = DatabaseAddress(
        "127.0.0.1",
        port,
        "owlpost",
        "owlpost",
        tls_authority=tls_authority,
        connect_timeout=connect_timeout,
        waking_time=0,
    )
    database = Database.at(address)
    with pytest.raises(DBAPIError) as caught, database.transaction():
        pass
    database.close()
    return caught.value


@pytest.fixture
def swallowing() -> Iterator[int]:
    """The port of an address that swallows what is sent there: its queue of connections is full, so it drops the next."""
    with ExitStack() as open_sockets:
        listening = open_sockets.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(4):
            waiting = open_sockets.enter_context(socket.socket())
            waiting.settimeout(0)
            waiting.connect_ex(listening.getsockname())
        yield listening.getsockname()[1]


@pytest.mark.parametrize("server", [say_nothing], indirect=True)
def test_a_server_that_takes_the_connection_and_says_nothing_is_given_up_before_a_slow_statement_would_be(
    server: int,
) -> None:
    _assert_given_up(server)


def test_an_address_that_swallows_what_is_sent_is_given_up_before_a_slow_statement_would_be(swallowing: int) -> None:
    _assert_given_up(swallowing)


def _assert_given_up(port: int) -> None:
    began = time.monotonic()
    assert is_unreachable(_failure(port))
    assert time.monotonic() - began < STATEMENT_TIMEOUT


def test_a_connect_gets_five_seconds_and_a_database_that_wakes_up_twenty() -> None:
    address = DatabaseAddress("db.example", 5432, "owlpost", "owlpost")
    assert (address.connect_timeout, address.waking_time) == (5.0, 20.0)
    assert address.waking_time < topology().function("enqueue").timeout / 2


@pytest.mark.parametrize("silent", [0, 2])
def test_a_database_that_takes_connections_and_wakes_up_is_waited_for(
    postgres: Postgres, database_name: str, silent: int
) -> None:
    with Doorkeeper(postgres.host, postgres.port, silent=silent) as door:
        database = Database.at(
            DatabaseAddress("127.0.0.1", door.port, database_name, postgres.user, connect_timeout=1.0, waking_time=60.0)
        )
        with database.transaction() as connection:
            assert connection.exec_driver_sql("select 1").scalar_one() == 1
        database.close()
        assert len(door.connections) > silent


def test_a_connection_on_which_nothing_is_said_any_more_is_replaced_before_a_slow_statement_would_end(
    postgres: Postgres, database_name: str
) -> None:
    with Doorkeeper(postgres.host, postgres.port) as door:
        database = Database.at(
            DatabaseAddress("127.0.0.1", door.port, database_name, postgres.user, connect_timeout=1.0)
        )
        for _ in range(2):
            began = time.monotonic()
            with database.transaction() as connection:
                assert connection.exec_driver_sql("select 1").scalar_one() == 1
            assert time.monotonic() - began < STATEMENT_TIMEOUT
            door.fall_silent()
        database.close()
        assert len(door.connections) >= 2  # more where a connect took too long on a busy machine


def test_an_answer_may_take_longer_than_a_connect(postgres: Postgres, database_name: str) -> None:
    database = Database.at(
        DatabaseAddress(postgres.host, postgres.port, database_name, postgres.user, connect_timeout=1.0)
    )
    with database.transaction() as connection:
        connection.exec_driver_sql("select pg_sleep(1.5)")
    database.close()


def test_a_server_that_is_gone_is_told_from_a_busy_one_by_the_system(postgres: Postgres, database_name: str) -> None:
    database = Database.at(DatabaseAddress(postgres.host, postgres.port, database_name, postgres.user))
    with database.transaction() as connection:
        opened = connection.connection.driver_connection
        assert opened is not None
        for option, value in {
            "TCP_USER_TIMEOUT": 10_000,
            "TCP_KEEPIDLE": 5,
            "TCP_KEEPINTVL": 2,
            "TCP_KEEPCNT": 3,
        }.items():
            if hasattr(socket, option):
                assert opened._usock.getsockopt(socket.IPPROTO_TCP, getattr(socket, option)) == value
    database.close()


class Doorkeeper:
    """Leads clients to Postgres, but for the first `silent` ones, and those that are there when it falls silent."""

    def __init__(self, host: str, port: int, *, silent: int = 0) -> None:
        self._there = (host, port)
        self._silent = silent
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._open = ExitStack()
        self.connections: list[threading.Event] = []
        self.port = int(self._listening.getsockname()[1])

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._open.close()

    def fall_silent(self) -> None:
        for speaks in self.connections:
            speaks.clear()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near = self._open.enter_context(self._listening.accept()[0])
                speaks = threading.Event()
                self.connections.append(speaks)
                if len(self.connections) > self._silent:
                    far = self._open.enter_context(socket.create_connection(self._there))
                    speaks.set()
                    for source, target in ((near, far), (far, near)):
                        threading.Thread(target=self._lead, args=(source, target, speaks), daemon=True).start()

    def _lead(self, source: socket.socket, target: socket.socket, speaks: threading.Event) -> None:
        with suppress(OSError):
            while (data := source.recv(65_536)) and speaks.is_set():
                target.sendall(data)


def test_a_session_over_tls_is_verified_and_can_bind_its_password(
    tls_front: int, credentials: Credentials, postgres: Postgres, database_name: str
) -> None:
    database = Database.at(
        DatabaseAddress(
            "127.0.0.1", tls_front, database_name, postgres.user, tls_authority=str(credentials.certificate)
        )
    )
    with database.transaction() as connection:
        assert connection.exec_driver_sql("select 1").scalar_one() == 1
        opened = connection.connection.driver_connection
        assert opened is not None
        assert isinstance(opened._usock, ssl.SSLSocket)
    database.close()


def test_a_server_of_another_authority_is_not_spoken_to(tls_front: int, postgres: Postgres) -> None:
    assert "certificate verify failed" in str(_failure(tls_front, certifi.where(), connect_timeout=5.0))


@pytest.fixture
def credentials(tmp_path: Path) -> Credentials:
    return Credentials(tmp_path)


@pytest.fixture
def tls_front(postgres: Postgres, credentials: Credentials) -> Iterator[int]:
    """The port of a server that speaks TLS in front of Postgres, which here cannot."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(credentials.certificate, credentials.certificate_key)
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            client, _ = listening.accept()
            client.recv(8)
            client.sendall(b"S")
            with (
                suppress(OSError),
                client,
                context.wrap_socket(client, server_side=True) as near,
                socket.create_connection((postgres.host, postgres.port)) as far,
            ):
                back = threading.Thread(target=pass_on, args=(far, near), daemon=True)
                back.start()
                pass_on(near, far)
                back.join()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listening.getsockname()[1]
        thread.join()


def pass_on(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65_536):
            target.sendall(data)
    with suppress(OSError):
        target.shutdown(socket.SHUT_RDWR)
