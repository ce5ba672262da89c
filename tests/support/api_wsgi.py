"""The API behind the laptop's gateway, as a WSGI application that schemathesis can call."""

from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any
from uuid import uuid4

from aws_lambda_powertools.utilities.typing import LambdaContext

from functions.api.main import handler
from infra.local.runtime.gateway_event import gateway_event, gateway_response
from infra.local.runtime.http_server import Request
from owlpost.domain.clock import utc_now


def serve(environ: dict[str, Any], start_response: Callable[[str, list[tuple[str, str]]], object]) -> Iterable[bytes]:
    """The function behind its gateway, as a WSGI application."""
    event = gateway_event(_request(environ), now=utc_now(), request_id=uuid4().hex)
    response = gateway_response(handler(event, LambdaContext()))
    start_response(f"{response.status} {HTTPStatus(response.status).phrase}", response.headers)
    return [response.body]


def _request(environ: dict[str, Any]) -> Request:
    return Request(
        method=environ["REQUEST_METHOD"],
        target=f"{environ['RAW_URI']}?{environ['QUERY_STRING']}",
        protocol=environ["SERVER_PROTOCOL"],
        headers=[
            (name.removeprefix("HTTP_").replace("_", "-"), value)
            for name, value in environ.items()
            if name.startswith(("HTTP_", "CONTENT_"))
        ],
        body=environ["wsgi.input"].read(),
        client="203.0.113.7",
    )
