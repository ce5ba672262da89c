"""`@connections`: what programs post to connections of the WebSocket API, ask of them, or close.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html.
A connection that is not there is answered with 410 and the name of the error, GoneException, in the header that SDKs read.
"""

import json
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from urllib.parse import unquote

from websockets.exceptions import ConnectionClosed
from websockets.sync.server import ServerConnection

from infra.local.runtime.http_server import HttpServer, Request, Response
from infra.local.runtime.line_event import Held

COMMANDS = "@connections"


class Commands:
    """A door of its own: API Gateway has it at the host of the connections."""

    def __init__(self, stage: str, held: Mapping[str, tuple[Held, ServerConnection]], *, most: int) -> None:
        self._stage, self._held, self._most = stage, held, most
        self._server = HttpServer(self._answer, most_body=most)
        self.url = self._server.url
        self.start = self._server.start
        self.stop = self._server.stop

    def _answer(self, request: Request) -> Response:
        stage, _, rest = unquote(request.target).strip("/").partition("/")
        command, _, connection_id = rest.partition("/")
        if stage != self._stage or command != COMMANDS:
            return _error(403, "ForbiddenException", "Forbidden")
        found = self._held.get(connection_id)
        if found is None:
            return _error(410, "GoneException", "Gone")
        if request.method == "POST":
            return self._post(found, request.body)
        if request.method == "DELETE":
            found[1].close()
            return Response(204)
        return Response(200, json.dumps(_state(found[0])).encode(), [("Content-Type", "application/json")])

    def _post(self, found: tuple[Held, ServerConnection], body: bytes) -> Response:
        held, connection = found
        if len(body) > self._most:
            return _error(413, "PayloadTooLargeException", "Payload too large")
        with suppress(ConnectionClosed):
            connection.send(body.decode(errors="replace"))
            held.active_at = datetime.now(UTC)
            return Response(200)
        return _error(410, "GoneException", "Gone")


def _state(held: Held) -> dict[str, object]:
    return {
        "connectedAt": held.connected_at.isoformat(),
        "lastActiveAt": held.active_at.isoformat(),
        "identity": {"sourceIp": held.client, "userAgent": held.header("user-agent")},
    }


def _error(status: int, name: str, message: str) -> Response:
    body = json.dumps({"message": message}).encode()
    return Response(status, body, [("Content-Type", "application/json"), ("x-amzn-ErrorType", name)])
