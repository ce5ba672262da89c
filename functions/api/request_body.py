"""Checks of a request body before its fields are read: its size, that it is JSON, and that Postgres can store it."""

import base64
import binascii
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver
from aws_lambda_powertools.event_handler.middlewares import NextMiddleware
from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2

from functions.api.routes import AnyResponse
from owlpost.domain import json_values
from owlpost.domain.errors import InvalidRequest
from owlpost.domain.refusals import TooLarge

MAX_BYTES = 64 * 1024
JSON = "application/json"


def check_size(app: APIGatewayHttpResolver, next_middleware: NextMiddleware) -> AnyResponse:
    if len(_raw(app.current_event)) > MAX_BYTES:
        raise TooLarge(f"The body is larger than {MAX_BYTES // 1024} KiB.")
    return next_middleware(app)


def check_json(app: APIGatewayHttpResolver, next_middleware: NextMiddleware) -> AnyResponse:
    """Parse the body of a route that takes one. Other routes ignore theirs."""
    event = app.current_event
    if event.body and app.context["_route"].dependant.body_params:
        kind = event.headers.get("content-type", "").partition(";")[0].strip()
        if kind != JSON:
            raise InvalidRequest("body", f"must be JSON, sent as {JSON}")
        try:
            event.json_body  # noqa: B018 (parsed here for the first time, and kept)
        except UnicodeDecodeError:
            raise InvalidRequest("body", "must be JSON") from None
    return next_middleware(app)


def read_object(text: str) -> dict[str, Any]:
    """The JSON object in `text`; raises InvalidRequest for all else, and for what Postgres cannot store."""
    try:
        value = json_values.parse(text)
    except InvalidRequest:
        raise InvalidRequest("body", "must be JSON") from None
    if not isinstance(value, dict):
        raise InvalidRequest("body", "must be a JSON object")
    json_values.check(value, "")
    return value


def _raw(event: APIGatewayProxyEventV2) -> bytes:
    body = event.body or ""
    if not event.is_base64_encoded:
        return body.encode(errors="surrogatepass")
    try:
        return base64.b64decode(body)
    except binascii.Error:
        raise InvalidRequest("body", "must be JSON") from None
