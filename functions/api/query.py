"""Checks of a list's query parameters."""

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver
from aws_lambda_powertools.event_handler.middlewares import NextMiddleware

from functions.api.routes import AnyResponse
from owlpost.domain.errors import InvalidRequest


def refuse_unknown_parameters(app: APIGatewayHttpResolver, next_middleware: NextMiddleware) -> AnyResponse:
    """Raise InvalidRequest naming a query parameter that the route does not take: a misspelt filter would show everything."""
    known = {parameter.alias for parameter in app.context["_route"].dependant.query_params}
    for name in app.current_event.query_string_parameters or {}:
        if name not in known:
            raise InvalidRequest(name, f"is not a parameter of this list; it takes {_named(known)}")
    return next_middleware(app)


def _named(known: set[str]) -> str:
    return ", ".join(sorted(known)) or "none"
