"""Connect to Postgres so that a connection that fails leaves no socket open and raises the driver's own error.

pg8000 opens its socket itself, and leaves it open if the server goes away before the session has begun; what the operating
system said then is raised as an OSError, which SQLAlchemy takes for a fault of ours.
"""

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

from owlpost.db import driver

if TYPE_CHECKING:
    from sqlalchemy.engine.interfaces import DBAPIConnection, Dialect

#: Postgres' request to speak TLS: the length of the message and a code in place of a protocol version
#: (https://www.postgresql.org/docs/18/protocol-message-formats.html, SSLRequest).
SSL_REQUEST = b"\x00\x00\x00\x08\x04\xd2\x16\x2f"
TLS_ACCEPTED = b"S"

#: Tell a server that is gone from one that is busy: a machine acknowledges even while its statement takes long. What it does
#: not acknowledge for ten seconds ends the connection; a silent one is asked after five seconds, and then every two.
#: A system without one of these options waits for `answer_timeout`.
_GONE_SERVER = {
    getattr(socket, name): value
    for name, value in {
        "TCP_USER_TIMEOUT": 10_000,  # milliseconds
        "TCP_KEEPIDLE": 5,
        "TCP_KEEPINTVL": 2,
        "TCP_KEEPCNT": 3,
    }.items()
    if hasattr(socket, name)
}


class ClosedAtOnce:
    """A socket whose `close()` does not wait for the file made of it, which a broken connection of pg8000 still holds.

    `connect_timeout` is that of its session, in seconds.
    """

    connect_timeout: float

    def close(self: Any) -> None:
        if self.fileno() >= 0:
            socket.socket(fileno=self.detach()).close()


class PlainSocket(ClosedAtOnce, socket.socket):
    """Without TLS."""


class TlsSocket(ClosedAtOnce, ssl.SSLSocket):
    """pg8000 binds a password's proof to the TLS channel, if it is given an SSLSocket."""


def connect(
    dialect: "Dialect",
    *,
    host: str,
    port: int,
    connect_timeout: float,
    answer_timeout: float,
    tls: ssl.SSLContext | None,
    **session: Any,
) -> "DBAPIConnection":
    """Open a session over a socket of our own.

    `connect_timeout` is in seconds, for each step until the session has begun: the connect, TLS, the sign-in.
    `answer_timeout` is for each answer after that.

    Raises the driver's InterfaceError if the server cannot be reached, and its DatabaseError if it refuses the session.
    """
    with network_errors(dialect):
        stream = _open(host, port, timeout=connect_timeout, tls=tls)
        try:
            # `connect()` of the driver does not know `sock`; the class that it makes an instance of does.
            opened = cast("DBAPIConnection", driver.Connection(sock=stream, ssl_context=False, **session))
            stream.connect_timeout = connect_timeout
            stream.settimeout(answer_timeout)
        except BaseException:
            stream.close()
            raise
        return opened


@contextmanager
def briefly(stream: PlainSocket | TlsSocket) -> Iterator[None]:
    """Wait for answers no longer than a connect would take."""
    usual = stream.gettimeout()
    stream.settimeout(stream.connect_timeout)
    try:
        yield
    finally:
        if stream.fileno() >= 0:
            stream.settimeout(usual)


@contextmanager
def network_errors(dialect: "Dialect") -> Iterator[None]:
    """Raise an OSError as the driver's own error for a broken connection."""
    try:
        yield
    except OSError as error:
        raise dialect.loaded_dbapi.InterfaceError(f"network error: {error}") from error


def _open(host: str, port: int, *, timeout: float, tls: ssl.SSLContext | None) -> PlainSocket | TlsSocket:
    stream = PlainSocket(fileno=socket.create_connection((host, port), timeout).detach())
    stream.settimeout(timeout)
    try:
        stream.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for option, value in _GONE_SERVER.items():
            stream.setsockopt(socket.IPPROTO_TCP, option, value)
        # pg8000 writes long messages in pieces; the last one would wait for the server's delayed acknowledgement, 40 ms.
        stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return _encrypted(stream, host, tls) if tls else stream
    except BaseException:
        stream.close()
        raise


def _encrypted(stream: socket.socket, host: str, tls: ssl.SSLContext) -> TlsSocket:
    stream.sendall(SSL_REQUEST)
    if stream.recv(1) != TLS_ACCEPTED:
        raise ConnectionError(f"{host} does not speak TLS")
    tls.sslsocket_class = TlsSocket
    return cast("TlsSocket", tls.wrap_socket(stream, server_hostname=host))
