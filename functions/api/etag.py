"""Answers that need not be given again: whoever names the tag of what they have is told that nothing changed."""

from http import HTTPStatus

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.middlewares import NextMiddleware

from functions.api.routes import AnyResponse


def answer_not_modified(app: APIGatewayHttpResolver, next_middleware: NextMiddleware) -> AnyResponse:
    answer = next_middleware(app)
    tag = answer.headers.get("ETag")
    if tag is None or not _names(app.current_event.headers.get("if-none-match", ""), str(tag)):
        return answer
    return Response(status_code=HTTPStatus.NOT_MODIFIED.value, headers={"ETag": tag}, cookies=answer.cookies)


def _names(if_none_match: str, tag: str) -> bool:
    """Weak comparison, as RFC 9110 has it for If-None-Match."""
    known = {each.strip().removeprefix("W/") for each in if_none_match.split(",")}
    return "*" in known or tag.removeprefix("W/") in known
