"""One POST to a URL that a stranger typed, so that it reaches nothing of ours: see `public_addresses`.

The name is resolved once for a call. Every address of it is judged, and one of those is connected to, with the certificate of
the name: DNS that changes its answer finds no gap between the check and the use. There are no redirects and no proxy of the
environment. One deadline holds for the whole call, however slowly a receiver sends byte by byte.
"""

import socket
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from ssl import SSLContext
from typing import Any

import httpcore

from owlpost.channels.public_addresses import is_public

#: Bytes of an answer that are read. What comes after them is nobody's.
MOST_READ = 16_384
CONNECT_SECONDS = 5.0


class BlockedAddressError(Exception):
    """The name leads to an address that is not public. Nothing was sent."""


class NotSentError(Exception):
    """No connection could be made. Nothing was sent."""


class AnswerLostError(Exception):
    """The request went out, at least in part, and no answer was understood in time."""


@dataclass(frozen=True, slots=True)
class Reply:
    """Header names are in lower case. `body` holds the first MOST_READ bytes."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def addresses_of(host: str, port: int) -> list[str]:
    """Return the addresses of a name, in the order of the resolver. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(each[4][0]) for each in found))


@dataclass(frozen=True, slots=True)
class GuardedClient:
    """`inside` are `host:port` that an operator allows though they are inside.

    `resolve` and `network` are those of the machine.
    """

    ssl_context: SSLContext
    inside: Collection[str] = ()
    resolve: Callable[[str, int], list[str]] = addresses_of
    network: httpcore.NetworkBackend = field(default_factory=httpcore.SyncBackend)

    def post(self, url: str, body: bytes, headers: Mapping[str, str], *, seconds: float) -> Reply:
        """Post once. Raises BlockedAddressError, NotSentError or AnswerLostError."""
        until = time.monotonic() + seconds
        backend = _GuardedBackend(self.inside, self.resolve, self.network, until)
        timeouts = dict.fromkeys(("connect", "read", "write", "pool"), seconds)
        try:
            with (
                httpcore.ConnectionPool(self.ssl_context, network_backend=backend, retries=0) as pool,
                pool.stream(
                    "POST", url, headers=list(headers.items()), content=body, extensions={"timeout": timeouts}
                ) as answer,
            ):
                named = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in answer.headers}
                return Reply(answer.status, named, _beginning(answer.iter_stream()))
        except (httpcore.ConnectError, httpcore.ConnectTimeout, httpcore.PoolTimeout) as error:
            raise NotSentError(type(error).__name__) from error
        except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError) as error:
            raise AnswerLostError(type(error).__name__) from error


def _beginning(chunks: Iterable[bytes]) -> bytes:
    read = bytearray()
    for chunk in chunks:
        read += chunk
        if len(read) >= MOST_READ:
            break
    return bytes(read[:MOST_READ])


@dataclass
class _GuardedBackend(httpcore.NetworkBackend):
    inside: Collection[str]
    resolve: Callable[[str, int], list[str]]
    network: httpcore.NetworkBackend
    until: float

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first address that answers, of a name whose every address is public."""
        failed: httpcore.ConnectError | httpcore.ConnectTimeout = httpcore.ConnectError("the name has no address")
        for address in self._judged(host, port):
            seconds = min(CONNECT_SECONDS, _left(self.until, timeout))
            try:
                stream = self.network.connect_tcp(address, port, seconds, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failed = error
            else:
                return _TimedStream(stream, self.until)
        raise failed

    def _judged(self, host: str, port: int) -> list[str]:
        try:
            found = self.resolve(host, port)
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError("the name cannot be resolved") from error
        if f"{host}:{port}" not in self.inside and not all(map(is_public, found)):
            raise BlockedAddressError(host)
        return found


@dataclass
class _TimedStream(httpcore.NetworkStream):
    """A connection on which nothing waits past the deadline of the call."""

    stream: httpcore.NetworkStream
    until: float

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self.stream.read(max_bytes, _left(self.until, timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self.stream.write(buffer, _left(self.until, timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self.stream.close()

    def start_tls(
        self, ssl_context: SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        secured = self.stream.start_tls(ssl_context, server_hostname, _left(self.until, timeout))
        return _TimedStream(secured, self.until)

    def get_extra_info(self, info: str) -> Any:
        return self.stream.get_extra_info(info)


def _left(
    until: float, timeout: float | None, late: type[httpcore.TimeoutException] = httpcore.ConnectTimeout
) -> float:
    """Return the seconds that a step may take. Raises `late` if the call's time is over."""
    left = until - time.monotonic()
    if left <= 0:
        raise late("the time for the call is over")
    return left if timeout is None else min(left, timeout)
