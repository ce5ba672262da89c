"""Checks of a list's query parameters."""

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver
from aws_lambda_powertools.event_handler.middlewares import NextMiddleware

from functions.api.routes import AnyResponse
from owlpost.domain.errors import InvalidRequest

#: Of a parameter that is looked for in texts.
LONGEST, MOST_WORDS = 200, 10


def refuse_unknown_parameters(app: APIGatewayHttpResolver, next_middleware: NextMiddleware) -> AnyResponse:
    """Raise InvalidRequest naming a query parameter that the route does not take: a misspelt filter would show everything."""
    known = {parameter.alias for parameter in app.context["_route"].dependant.query_params}
    for name in app.current_event.query_string_parameters or {}:
        if name not in known:
            raise InvalidRequest(name, f"is not a parameter of this list; it takes {_named(known)}")
    return next_middleware(app)


def plain_text(name: str, value: str | None) -> str:
    """Return the text without spaces around it. Raises InvalidRequest naming the parameter if it is long or no plain text."""
    value = (value or "").strip()
    if len(value) > LONGEST:
        raise InvalidRequest(name, f"must be at most {LONGEST} characters")
    if any(character < " " or "\ud800" <= character <= "\udfff" for character in value):
        raise InvalidRequest(name, "must be plain text on one line")
    return value


def words_of(name: str, value: str | None) -> list[str]:
    """Return the words of a search. Raises InvalidRequest as above, and for too many."""
    words = plain_text(name, value).split()
    if len(words) > MOST_WORDS:
        raise InvalidRequest(name, f"must be at most {MOST_WORDS} words")
    return words


def _named(known: set[str]) -> str:
    return ", ".join(sorted(known)) or "none"
