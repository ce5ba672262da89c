"""Authenticate the caller. A route with a `Caller` parameter serves signed-in people only."""

from typing import Annotated

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Depends, Request
from aws_lambda_powertools.event_handler.middlewares import NextMiddleware
from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2

from functions.api import cookies
from functions.api.routes import AnyResponse, keep
from owlpost.domain import people
from owlpost.domain.refusals import Forbidden, NotSignedIn
from owlpost.wiring import api as wiring

#: Credentials of programs. Every route here belongs to a person, so these are refused, valid or not.
AGENT_PREFIXES = ("owl_agent_", "owl_client_", "owl_import_")
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def _named_by_route(request: Request) -> people.Caller:
    caller: people.Caller = request.context["caller"]
    return caller


#: The parameter that restricts a route to signed-in people.
Caller = Annotated[people.Caller, Depends(_named_by_route)]


def check_caller(app: APIGatewayHttpResolver, next_middleware: NextMiddleware) -> AnyResponse:
    """Authenticate before anything else of the request is read, and renew a cookie that is a day old."""
    if not app.context["_route"].has_dependencies:
        return next_middleware(app)
    event = app.current_event
    header = event.headers.get("authorization")
    if header is not None:
        keep(app, caller=wiring.accounts().caller(_bearer(header)))
        return next_middleware(app)
    caller = _by_cookie(event)
    if event.http_method not in SAFE_METHODS and not is_same_origin(event):
        raise Forbidden("This request came from another site.")
    keep(app, caller=caller)
    return _renewing(caller, next_middleware(app))


def _bearer(header: str) -> str:
    scheme, _, token = header.strip().partition(" ")
    if scheme.lower() != "bearer":
        raise NotSignedIn
    if token.strip().startswith(AGENT_PREFIXES):
        raise Forbidden("This is for people; an API key cannot be used here.")
    return token.strip()


def _by_cookie(event: APIGatewayProxyEventV2) -> people.Caller:
    token = event.resolved_cookies_field.get(cookies.NAME)
    if token is None:
        raise NotSignedIn
    try:
        return wiring.accounts().caller(token)
    except NotSignedIn:
        raise NotSignedIn(by_cookie=True) from None


def _renewing(caller: people.Caller, answer: AnyResponse) -> AnyResponse:
    token = wiring.accounts().renewed(caller)
    if token and not any(cookie.name == cookies.NAME for cookie in answer.cookies):
        answer.cookies.append(cookies.session(token))
    return answer


def is_same_origin(event: APIGatewayProxyEventV2) -> bool:
    """Return whether our own page sent this: browsers send Sec-Fetch-Site, older ones only Origin."""
    site = event.headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    origin, host = event.headers.get("origin"), event.headers.get("host")
    return origin is not None and host is not None and origin.partition("://")[2] == host
