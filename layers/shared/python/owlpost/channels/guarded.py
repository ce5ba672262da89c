"""One POST to a URL that a stranger typed, so that it reaches nothing of ours: see `public_addresses`.

The name is resolved once for a call. Every address of it is judged, and one of those is connected to, with the certificate of
the name: DNS that changes its answer finds no gap between the check and the use. There are no redirects and no proxy of the
environment. One deadline holds for the whole call, however slowly a receiver sends byte by byte.
"""

import socket
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import field
from ssl import SSLContext
from typing import Any

import httpcore

from owlpost.channels.http_call import answered, silence
from owlpost.channels.public_addresses import is_public
from owlpost.channels.replies import Reply
from owlpost.channels.timed_network import Deadline, TimedStream
from owlpost.domain.value import dataclass

#: Bytes of an answer that are read. What comes after them is nobody's.
MOST_READ = 16_384
CONNECT_SECONDS = 5.0


class BlockedAddressError(Exception):
    """The name leads to an address that is not public. Nothing was sent."""


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

    def __post_init__(self) -> None:
        silence()

    def post(self, url: str, body: bytes, headers: Mapping[str, str], *, seconds: float) -> Reply:
        """Post once. Raises BlockedAddressError, NotSentError or AnswerLostError."""
        deadline = Deadline()
        deadline.until = time.monotonic() + seconds
        backend = _GuardedBackend(self.inside, self.resolve, self.network, deadline)
        timeouts = dict.fromkeys(("connect", "read", "write", "pool"), seconds)
        with httpcore.ConnectionPool(self.ssl_context, network_backend=backend, retries=0) as pool:
            return answered(pool, ("POST", url), headers, body, timeouts=timeouts, most=MOST_READ)


@dataclass
class _GuardedBackend(httpcore.NetworkBackend):
    inside: Collection[str]
    resolve: Callable[[str, int], list[str]]
    network: httpcore.NetworkBackend
    deadline: Deadline

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
            seconds = min(CONNECT_SECONDS, self.deadline.left(timeout))
            try:
                stream = self.network.connect_tcp(address, port, seconds, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failed = error
            else:
                return TimedStream(stream, self.deadline)
        raise failed

    def _judged(self, host: str, port: int) -> list[str]:
        try:
            found = self.resolve(host, port)
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError("the name cannot be resolved") from error
        if f"{host}:{port}" not in self.inside and not all(map(is_public, found)):
            raise BlockedAddressError(host)
        return found
