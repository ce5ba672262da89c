"""Authenticate the caller. A route with a `Caller` parameter serves signed-in people only."""

from typing import Annotated

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Depends, Request
from aws_lambda_powertools.event_handler.middlewares import NextMiddleware
from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2

from functions.api import cookies
from functions.api.routes import AnyResponse, keep
from owlpost.domain import locales, people
from owlpost.domain.refusals import Forbidden, NotSignedIn
from owlpost.wiring import api as wiring

#: Credentials of programs. Every route here belongs to a person, so these are refused, valid or not.
AGENT_PREFIXES = ("owl_agent_", "owl_client_", "owl_import_")
FOREIGN = "This request came from another site."
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def _caller_of_request(request: Request) -> people.Caller:
    caller: people.Caller = request.context["caller"]
    return caller


#: The parameter that restricts a route to signed-in people.
Caller = Annotated[people.Caller, Depends(_caller_of_request)]


def check_caller(app: APIGatewayHttpResolver, next_middleware: NextMiddleware) -> AnyResponse:
    """Authenticate before anything else of the request is read, and renew a cookie that is a day old."""
    event, route = app.current_event, app.context["_route"]
    if not route.has_dependencies:
        if route.dependant.body_params and _is_foreign(event):
            raise Forbidden(FOREIGN)
        return next_middleware(app)
    with wiring.database().request():
        return _as_caller(app, event, next_middleware)


def _as_caller(
    app: APIGatewayHttpResolver, event: APIGatewayProxyEventV2, next_middleware: NextMiddleware
) -> AnyResponse:
    header = event.headers.get("authorization")
    if header is not None:
        keep(app, caller=wiring.accounts().caller(_bearer(header), visit(event)))
        return next_middleware(app)
    caller = _by_cookie(event)
    # A page of another origin that only reads says its origin as well; a link that somebody follows says none.
    writes = event.http_method not in SAFE_METHODS
    if (writes or "origin" in event.headers) and not is_same_origin(event):
        raise Forbidden(FOREIGN)
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
    """Return the caller by our cookie, else by the host's."""
    token, of_host = cookies.session_token(event), cookies.host_token(event)
    for each in filter(None, (token, of_host)):
        try:
            return wiring.accounts().caller(each, visit(event))
        except NotSignedIn:
            continue
    raise NotSignedIn(by_cookie=token is not None)


def _renewing(caller: people.Caller, response: AnyResponse) -> AnyResponse:
    token = wiring.accounts().renewed(caller)
    if token and not response.cookies:
        response.cookies.extend(cookies.session(token))
    return response


def visit(event: APIGatewayProxyEventV2) -> people.Visit:
    """Return what the request says about its sender."""
    return people.Visit(
        ip=event.request_context.http.source_ip,
        browser=cookies.browser_token(event),
        device=event.headers.get("user-agent", ""),
        locale=locales.spoken(event.headers.get("accept-language", "")),
    )


def _is_foreign(event: APIGatewayProxyEventV2) -> bool:
    """Return whether a page of another site sent this; programs, which say nothing about a site, are not foreign."""
    says_so = "sec-fetch-site" in event.headers or "origin" in event.headers
    return says_so and not is_same_origin(event)


def is_same_origin(event: APIGatewayProxyEventV2) -> bool:
    """Return whether our own page sent this: browsers send Sec-Fetch-Site, older ones only Origin."""
    site = event.headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    origin, host = event.headers.get("origin"), event.headers.get("host")
    return origin is not None and host is not None and origin.partition("://")[2] == host
