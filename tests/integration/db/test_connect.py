"""Connecting to a server that goes away before the session has begun: an outage, and no socket is left open."""

import gc
import socket
import ssl
import struct
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import certifi
import pytest
from sqlalchemy.exc import DBAPIError

from infra.local.postgres.server import Postgres
from infra.local.providers.credentials import Credentials
from owlpost.db.outage import is_outage
from owlpost.db.session import Database, DatabaseAddress

#: Closing a socket with this set sends a reset at once (SO_LINGER without time to linger).
RESET = struct.pack("ii", 1, 0)
#: Several, so that resets meet each step of connecting.
TRIES = 5
#: A statement timeout with which the socket gives up after a fifth of a second: it waits five seconds longer.
PATIENCE = -4.8

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


def _failure(port: int, tls_authority: str | None, *, statement_timeout: float = PATIENCE) -> DBAPIError:
    address = DatabaseAddress(
        "127.0.0.1", port, "owlpost", "owlpost", tls_authority=tls_authority, statement_timeout=statement_timeout
    )
    database = Database.at(address)
    with pytest.raises(DBAPIError) as caught, database.transaction():
        pass
    database.close()
    return caught.value


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
    assert "certificate verify failed" in str(_failure(tls_front, certifi.where(), statement_timeout=55))


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
