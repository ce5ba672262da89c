"""Where a noun's module registers its routes, typed where Powertools leaves it open."""

from typing import Any, TypeAlias

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.api_gateway import Router

#: An answer whose body is not looked at.
AnyResponse: TypeAlias = Response[Any]


def new_router() -> Router:
    return Router()  # type: ignore[no-untyped-call]  # Powertools does not annotate it


def keep(app: APIGatewayHttpResolver, **values: object) -> None:
    """Keep values for the rest of the request."""
    app.append_context(**values)  # type: ignore[no-untyped-call]  # Powertools does not annotate it
