"""Conditional requests: a client that already has the current version gets 304 without a body."""

from http import HTTPStatus

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.middlewares import NextMiddleware

from functions.api.routes import AnyResponse


def respond_not_modified(app: APIGatewayHttpResolver, next_middleware: NextMiddleware) -> AnyResponse:
    """Return 304 if the response has an ETag that the request's If-None-Match names."""
    response = next_middleware(app)
    tag = response.headers.get("ETag")
    if tag is None or not _names(app.current_event.headers.get("if-none-match", ""), str(tag)):
        return response
    return Response(status_code=HTTPStatus.NOT_MODIFIED.value, headers={"ETag": tag}, cookies=response.cookies)


def _names(if_none_match: str, tag: str) -> bool:
    """Compare weakly, as RFC 9110 requires for If-None-Match."""
    known = {known_tag.strip().removeprefix("W/") for known_tag in if_none_match.split(",")}
    return "*" in known or tag.removeprefix("W/") in known
