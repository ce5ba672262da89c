"""API Gateway's WebSocket API on this machine: connections, what pages send over them, and `@connections`.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-routes-integrations.html and
https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html
"""

import json
import logging
import secrets
import socket
import threading
from base64 import b64encode
from datetime import UTC, datetime
from urllib.parse import urlsplit

from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.sync.server import ServerConnection, serve

from infra.local.account import LOOPBACK
from infra.local.door import is_local
from infra.local.postgres.postmaster import wait_until
from infra.local.runtime.line_commands import Commands
from infra.local.runtime.line_event import Held, connect_event, disconnect_event
from infra.local.runtime.sandboxes import Sandboxes, Throttled
from infra.topology.model import LineApi

log = logging.getLogger(__name__)
#: What the library says of requests that are no WebSockets: anybody can send them.
_library = logging.getLogger(f"{__name__}.library")
_library.setLevel(logging.CRITICAL)

#: Bytes of a message and of a frame; for more, the connection is closed with 1009.
MOST_MESSAGE, MOST_FRAME = 128 * 1024, 32 * 1024
#: Seconds without a message in either direction, and of a connection's life.
IDLE, LIFE = 600.0, 7_200.0
#: Seconds that the function may take to let a connection in.
PATIENCE = 29.0
STOP_SECONDS = 10.0
GOING_AWAY, UNSUPPORTED = 1001, 1003


class LineGateway:
    """Listens from the start on, so that its addresses are known; lets pages in between `start()` and `stop()`."""

    def __init__(self, api: LineApi, *, sandboxes: Sandboxes, idle: float = IDLE, life: float = LIFE) -> None:
        self._api, self._sandboxes = api, sandboxes
        self._idle, self._life = idle, life
        self._held: dict[str, tuple[Held, ServerConnection]] = {}
        listener = socket.create_server((LOOPBACK, 0))
        self.url = f"ws://localhost:{listener.getsockname()[1]}/{api.stage}"
        self._server = serve(
            self._hold,
            sock=listener,
            process_request=self._let_in,
            open_timeout=PATIENCE,
            ping_interval=None,
            max_size=(MOST_MESSAGE, MOST_FRAME),
            server_header=None,
            logger=_library,
        )
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._commands = Commands(api.stage, self._held, most=MOST_MESSAGE)
        self.endpoint = f"{self._commands.url}/{api.stage}"

    def start(self) -> None:
        self._thread.start()
        self._commands.start()

    def stop(self) -> None:
        """Close all connections, and return when their function knows."""
        self._server.shutdown()
        for _, connection in list(self._held.values()):
            connection.close(GOING_AWAY)
        wait_until(lambda: not self._held, seconds=STOP_SECONDS)
        self._commands.stop()

    def drop_all(self) -> None:
        """End all connections without a word, as a network that fails does."""
        for _, connection in list(self._held.values()):
            connection.socket.shutdown(socket.SHUT_RDWR)

    def _let_in(self, connection: ServerConnection, request: Request) -> Response | None:
        """Ask the function. Whatever it says other than 2xx is the answer to the page."""
        headers = list(request.headers.raw_items())
        held = Held(
            id=b64encode(secrets.token_bytes(11)).decode(),
            stage=self._api.stage,
            target=request.path,
            headers=headers,
            client=str(connection.remote_address[0]),
            connected_at=datetime.now(UTC),
        )
        if not is_local(held.header("host")) or urlsplit(request.path).path.strip("/") != self._api.stage:
            return _refused(403, "Forbidden")
        connection.id_in_gateway = held.id  # type: ignore[attr-defined]  # what `_hold` knows it by
        status = self._ask(held)
        if not 200 <= status <= 299:
            return _refused(status, "Forbidden" if status in {401, 403} else "Internal server error")
        self._held[held.id] = (held, connection)
        return None

    def _ask(self, held: Held) -> int:
        try:
            answer = self._sandboxes.invoke(self._api.function, connect_event(held, request_id=_id()))
        except Throttled:
            return 500
        if answer.failed or not isinstance(answer.payload, dict):
            log.warning("a connection was not let in: %s", answer.payload)
            return 502
        return int(answer.payload.get("statusCode", 502))

    def _hold(self, connection: ServerConnection) -> None:
        held, _ = self._held[connection.id_in_gateway]  # type: ignore[attr-defined]  # by `_let_in`
        try:
            self._listen(held, connection)
        except ConnectionClosed:
            pass
        finally:
            self._gone(held, connection)

    def _listen(self, held: Held, connection: ServerConnection) -> None:
        while (left := self._left(held)) > 0:
            try:
                message = connection.recv(timeout=left)
            except TimeoutError:
                continue
            held.active_at = datetime.now(UTC)
            if isinstance(message, bytes):
                connection.close(UNSUPPORTED)
                return
            connection.send(self._answer(held, message))
        connection.close(GOING_AWAY)

    def _left(self, held: Held) -> float:
        now = datetime.now(UTC)
        idle, old = (now - held.active_at).total_seconds(), (now - held.connected_at).total_seconds()
        return min(self._idle - idle, self._life - old)

    def _answer(self, held: Held, message: str) -> str:
        """Return the answer of the route that the message selects; without a route, what the gateway says to all else."""
        try:
            body = json.loads(message)
        except ValueError:
            body = None
        chosen = body.get(self._api.selection.rpartition(".")[2]) if isinstance(body, dict) else None
        if isinstance(chosen, str) and chosen in self._api.answers:
            return self._api.answers[chosen]
        return json.dumps({"message": "Forbidden", "connectionId": held.id, "requestId": _id()})

    def _gone(self, held: Held, connection: ServerConnection) -> None:
        status, reason = connection.close_code or 1006, connection.close_reason or ""
        event = disconnect_event(held, status=status, reason=reason, now=datetime.now(UTC), request_id=_id())
        try:
            self._sandboxes.invoke(self._api.function, event)
        except Throttled:
            log.warning("nobody was told of the end of a connection")
        finally:
            self._held.pop(held.id, None)


def _refused(status: int, message: str) -> Response:
    body = json.dumps({"message": message}).encode()
    headers = Headers([("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return Response(status, message, headers, body)


def _id() -> str:
    return b64encode(secrets.token_bytes(11)).decode()
