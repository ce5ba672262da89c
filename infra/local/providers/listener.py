"""A provider's port, kept over restarts, and the protocol of each connection."""

import asyncio
import json
import socket
import ssl
import weakref
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from infra.local.providers.exchange import Application, cut
from infra.local.providers.http1 import Http1

if TYPE_CHECKING:
    from pathlib import Path

    from infra.local.providers.credentials import Credentials

LOOPBACK = "127.0.0.1"
BACKLOG = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """The applications of one port: over TLS if `http2` is given, with HTTP/1.1 if `http1` is given."""

    name: str
    http1: Application | None = None
    http2: Callable[[], asyncio.Protocol] | None = None
    down: Callable[[], bool] = lambda: False

    def protocol(self, transport: asyncio.Transport) -> asyncio.Protocol | None:
        """Return the protocol that both sides agreed on, None when there is none.

        Where only HTTP/2 is spoken, a client need not ask for it by ALPN: aioapns does not, and Apple takes its pushes.
        """
        tls: ssl.SSLObject | None = transport.get_extra_info("ssl_object")
        agreed = tls.selected_alpn_protocol() if tls else None
        if tls and self.http2 and (agreed == "h2" or self.http1 is None):
            return self.http2()
        return Http1(self.http1) if self.http1 else None

    def tls(self, credentials: "Credentials") -> ssl.SSLContext | None:
        """Return the TLS set-up, None for plain TCP."""
        if self.http2 is None:
            return None
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(credentials.certificate, credentials.certificate_key)
        context.set_alpn_protocols(["h2", "http/1.1"] if self.http1 else ["h2"])
        return context


@dataclass(slots=True)
class Connections:
    """The open connections, for a server that stops, and the count of all connections by endpoint."""

    opened: Counter[str] = field(default_factory=Counter)
    open: "weakref.WeakSet[asyncio.Transport]" = field(default_factory=weakref.WeakSet)

    def front(self, endpoint: Endpoint) -> "Front":
        """Return the protocol that receives one new connection."""
        return Front(endpoint, self)

    def cut(self) -> None:
        """Reset them all."""
        for transport in list(self.open):
            cut(transport)


class Front(asyncio.Protocol):
    """Hands each new connection to the agreed protocol, or resets it while the provider is down."""

    def __init__(self, endpoint: Endpoint, connections: Connections) -> None:
        self._endpoint = endpoint
        self._connections = connections

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Choose the protocol and hand the connection over."""
        stream = cast("asyncio.Transport", transport)
        protocol = None if self._endpoint.down() else self._endpoint.protocol(stream)
        if protocol is None:
            cut(stream)
            return
        self._connections.open.add(stream)
        self._connections.opened[self._endpoint.name] += 1
        stream.set_protocol(protocol)
        protocol.connection_made(stream)


class PortBook:
    """The ports of the last start, kept in a file, so that addresses stay valid if the port is still free."""

    def __init__(self, path: "Path") -> None:
        self._path = path
        self._ports: dict[str, int] = json.loads(path.read_text()) if path.exists() else {}

    def bind(self, name: str, wanted: int) -> socket.socket:
        """Listen on the wanted port. For 0 use the port of the last start, else a free one. Raises OSError if it is taken."""
        listening = _listen(wanted) if wanted else self._bind_again(self._ports.get(name, 0))
        self._ports[name] = listening.getsockname()[1]
        self._path.write_text(json.dumps(self._ports))
        return listening

    def _bind_again(self, port: int) -> socket.socket:
        try:
            return _listen(port)
        except OSError:
            return _listen(0)


def _listen(port: int) -> socket.socket:
    return socket.create_server((LOOPBACK, port), backlog=BACKLOG)
