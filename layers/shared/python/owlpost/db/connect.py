"""Connect to Postgres so that a failed connect leaves no socket open and is always the driver's own error.

pg8000 opens its socket itself, and leaves it open if the server goes away before the session has begun; what the operating
system said then is raised as an OSError, which SQLAlchemy takes for a fault of ours.
"""

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sqlalchemy.engine.interfaces import DBAPIConnection, Dialect

#: Postgres' request to speak TLS: the length of the message and a code in place of a protocol version
#: (https://www.postgresql.org/docs/18/protocol-message-formats.html, SSLRequest).
SSL_REQUEST = b"\x00\x00\x00\x08\x04\xd2\x16\x2f"
TLS_ACCEPTED = b"S"


def connect(
    dialect: "Dialect", *, host: str, port: int, timeout: float, tls: ssl.SSLContext | None, **session: Any
) -> "DBAPIConnection":
    """Open a session over a socket of our own. `timeout` is in seconds, for the connect and for each answer.

    Raises the driver's InterfaceError if the server cannot be reached, and its DatabaseError if it refuses the session.
    """
    with network_errors(dialect):
        stream = _open(host, port, timeout=timeout, tls=tls)
    try:
        with network_errors(dialect):
            # `connect()` of the driver does not know `sock`; the class that it makes an instance of does.
            opened: DBAPIConnection = dialect.loaded_dbapi.Connection(sock=stream, ssl_context=False, **session)
            return opened
    except BaseException:
        _close(stream)
        raise


@contextmanager
def network_errors(dialect: "Dialect") -> Iterator[None]:
    """Raise an OSError as the driver's own error for a broken connection."""
    try:
        yield
    except OSError as error:
        raise dialect.loaded_dbapi.InterfaceError(f"network error: {error}") from error


def _open(host: str, port: int, *, timeout: float, tls: ssl.SSLContext | None) -> socket.socket:
    stream = socket.create_connection((host, port), timeout)
    try:
        stream.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        # pg8000 writes long messages in pieces; the last one would wait for the server's delayed acknowledgement, 40 ms.
        stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return _encrypted(stream, host, tls) if tls else stream
    except BaseException:
        stream.close()
        raise


def _encrypted(stream: socket.socket, host: str, tls: ssl.SSLContext) -> socket.socket:
    stream.sendall(SSL_REQUEST)
    if stream.recv(1) != TLS_ACCEPTED:
        raise ConnectionError(f"{host} does not speak TLS")
    return tls.wrap_socket(stream, server_hostname=host)


def _close(stream: socket.socket) -> None:
    """Close it at once: `close()` would wait for the file that pg8000 made of it, which a failed connection still holds."""
    if stream.fileno() >= 0:
        socket.socket(fileno=stream.detach()).close()
