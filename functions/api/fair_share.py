"""Counts what signed-in people write, before the route does any work."""

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver
from aws_lambda_powertools.event_handler.middlewares import NextMiddleware

from functions.api.caller import SAFE_METHODS
from functions.api.routes import AnyResponse
from owlpost.wiring import api as wiring

#: A person can end a session whatever they did in it.
UNLIMITED_PATHS = frozenset({"/v1/auth/logout"})


def check_fair_share(app: APIGatewayHttpResolver, next_middleware: NextMiddleware) -> AnyResponse:
    """Refuse a write of a person who has used up their share. Runs after check_caller, which keeps the caller."""
    event = app.current_event
    if "caller" in app.context and event.http_method not in SAFE_METHODS and event.path not in UNLIMITED_PATHS:
        wiring.fair_share().count_write(app.context["caller"].user.id)
    return next_middleware(app)
