"""API Gateway's WebSocket API: who comes and goes as events, as a function with a proxy integration gets them. Pure.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-route-keys-connect-disconnect.html,
and for the fields that no page there shows whole, the recorded events in the tests of Powertools for AWS Lambda.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

API_ID = "local"


@dataclass(slots=True)
class Held:
    """One connection, as the gateway knows it. Times are UTC."""

    id: str
    stage: str
    target: str
    headers: Sequence[tuple[str, str]]
    client: str
    connected_at: datetime
    active_at: datetime = field(init=False)

    def __post_init__(self) -> None:
        self.active_at = self.connected_at

    def header(self, name: str) -> str:
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")


def connect_event(held: Held, *, request_id: str) -> dict[str, Any]:
    """Return what a function gets before the connection is let in."""
    event = _event(held, "$connect", "CONNECT", now=held.connected_at, request_id=request_id)
    forwarded = [("X-Forwarded-For", held.client), ("X-Forwarded-Port", "80"), ("X-Forwarded-Proto", "http")]
    headers = [pair for pair in held.headers if pair[0].lower() not in {"connection", "upgrade"}] + forwarded
    query = parse_qsl(urlsplit(held.target).query, keep_blank_values=True)
    event |= {"headers": dict(headers), "multiValueHeaders": _several(headers)}
    if query:
        event |= {"queryStringParameters": dict(query), "multiValueQueryStringParameters": _several(query)}
    return event


def disconnect_event(held: Held, *, status: int, reason: str, now: datetime, request_id: str) -> dict[str, Any]:
    """Return what a function gets after the connection has ended; nobody waits for its answer."""
    event = _event(held, "$disconnect", "DISCONNECT", now=now, request_id=request_id)
    headers = [("Host", held.header("host")), ("x-api-key", ""), ("X-Forwarded-For", ""), ("x-restapi", "")]
    event |= {"headers": dict(headers), "multiValueHeaders": _several(headers)}
    event["requestContext"] |= {"disconnectStatusCode": status, "disconnectReason": reason}
    return event


def _event(held: Held, route: str, kind: str, *, now: datetime, request_id: str) -> dict[str, Any]:
    return {
        "requestContext": {
            "routeKey": route,
            "eventType": kind,
            "extendedRequestId": request_id,
            "requestTime": now.strftime("%d/%b/%Y:%H:%M:%S +0000"),
            "messageDirection": "IN",
            "stage": held.stage,
            "connectedAt": int(held.connected_at.timestamp() * 1000),
            "requestTimeEpoch": int(now.timestamp() * 1000),
            "identity": {"sourceIp": held.client, "userAgent": held.header("user-agent")},
            "requestId": request_id,
            "domainName": held.header("host").partition(":")[0],
            "connectionId": held.id,
            "apiId": API_ID,
        },
        "isBase64Encoded": False,
    }


def _several(pairs: Sequence[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return found
