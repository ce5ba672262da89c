"""API Gateway's HTTP API, payload format 2.0: a request as the event, a function's answer as the response. Pure.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

import json
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from infra.local.account import ACCOUNT
from infra.local.runtime.http_server import Request, Response

#: Bodies of these types reach the function as text; all others, forms and bodies without a type among them, as base64.
TEXT = ("text/", "application/json", "application/javascript", "application/xml")
#: Headers that the gateway sets itself.
OWN_HEADERS = {"content-length", "transfer-encoding", "connection"}


class Malformed(Exception):
    """The function's answer is not an HTTP response."""


def gateway_event(request: Request, *, now: datetime, request_id: str) -> dict[str, Any]:
    url = urlsplit(request.target)
    path = unquote(url.path).partition("?")[0]
    headers = _joined(request.headers)
    cookies = [cookie.strip() for cookie in headers.pop("cookie", "").split(";") if cookie.strip()]
    host = headers.get("host", "")
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": url.query,
        "headers": headers | _forwarded(request, host, now=now, request_id=request_id),
        "requestContext": {
            "accountId": ACCOUNT,
            "apiId": "local",
            "domainName": host.partition(":")[0],
            "domainPrefix": host.partition(".")[0].partition(":")[0],
            "http": {
                "method": request.method,
                "path": path,
                "protocol": request.protocol,
                "sourceIp": request.client,
                "userAgent": headers.get("user-agent", ""),
            },
            "requestId": request_id,
            "routeKey": "$default",
            "stage": "$default",
            "time": now.strftime("%d/%b/%Y:%H:%M:%S +0000"),
            "timeEpoch": int(now.timestamp() * 1000),
        },
        "isBase64Encoded": False,
    }
    if cookies:
        event["cookies"] = cookies
    if query := _joined(parse_qsl(url.query, keep_blank_values=True), lower=False):
        event["queryStringParameters"] = query
    if request.body:
        event["body"], event["isBase64Encoded"] = _body(request.body, headers.get("content-type", ""))
    return event


def _forwarded(request: Request, host: str, *, now: datetime, request_id: str) -> dict[str, str]:
    """Return what the gateway adds. The trace's id begins with the second in hex, as X-Ray's do."""
    return {
        "x-amzn-trace-id": f"Root=1-{int(now.timestamp()):08x}-{request_id.replace('-', '')[:24]}",
        "x-forwarded-for": request.client,
        "x-forwarded-port": host.rpartition(":")[2] if ":" in host else "80",
        "x-forwarded-proto": "http",
    }


def _joined(pairs: list[tuple[str, str]], *, lower: bool = True) -> dict[str, str]:
    """Join repeated headers by commas, and cookies by semicolons, as HTTP asks for."""
    joined: dict[str, str] = {}
    for given, value in pairs:
        name = given.lower() if lower else given
        between = ";" if lower and name == "cookie" else ","
        joined[name] = f"{joined[name]}{between}{value}" if name in joined else value
    return joined


def _body(body: bytes, content_type: str) -> tuple[str, bool]:
    """Return the body, and whether it is base64."""
    if content_type.lower().startswith(TEXT):
        try:
            return body.decode(), False
        except UnicodeDecodeError:
            pass
    return b64encode(body).decode(), True


def gateway_response(answer: Any) -> Response:
    """Anything without a `statusCode` is the body of a 200. Raises Malformed."""
    if not isinstance(answer, dict) or "statusCode" not in answer:
        return Response(200, json.dumps(answer).encode(), [("content-type", "application/json")])
    try:
        status = int(answer["statusCode"])
        headers = {str(name).lower(): _text(value) for name, value in (answer.get("headers") or {}).items()}
        cookies = [("set-cookie", str(cookie)) for cookie in answer.get("cookies") or []]
        body = _text(answer.get("body") or "").encode()
        if answer.get("isBase64Encoded"):
            body = b64decode(body, validate=True)
    except (TypeError, ValueError, AttributeError, NotBase64) as error:
        raise Malformed(str(error)) from error
    if not 200 <= status <= 599:
        raise Malformed(f"{status} is no status of a response")
    headers.setdefault("content-type", "text/plain;charset=utf-8")
    return Response(status, body, [pair for pair in headers.items() if pair[0] not in OWN_HEADERS] + cookies)


def _text(value: Any) -> str:
    """A header or body that the function gave as text, number or boolean."""
    if isinstance(value, bool):
        return str(value).lower()
    if not isinstance(value, str | int | float):
        raise TypeError(f"{type(value).__name__} is no text")
    return str(value)
