"""Typed wrappers of what Powertools leaves untyped: routers, and values that are kept for one request."""

from typing import Any, TypeAlias

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.api_gateway import Router

#: A response whose body a middleware does not read.
AnyResponse: TypeAlias = Response[Any]


def new_router() -> Router:
    return Router()  # type: ignore[no-untyped-call]  # Powertools does not annotate it


def keep(app: APIGatewayHttpResolver, **values: object) -> None:
    """Keep values for the rest of the request."""
    app.append_context(**values)  # type: ignore[no-untyped-call]  # Powertools does not annotate it
