"""A body that is JSON already: it goes out as it is. What is in it is held to the models by the tests, not at each request."""

from http import HTTPStatus
from typing import Any, TypeVar, cast

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.middlewares import NextMiddleware
from aws_lambda_powertools.event_handler.middlewares.openapi_validation import OpenAPIResponseValidationMiddleware

from functions.api.error_responses import JSON
from functions.api.routes import AnyResponse

Body = TypeVar("Body")


class ReadyJson(str):
    """JSON in the shape of the route's model."""

    __slots__ = ()


def ready(model: type[Body], json: str) -> Response[Body]:  # noqa: ARG001 (for the type checker)
    """Return the response of a route that answers with this model. The JSON has to be of its shape."""
    return Response(HTTPStatus.OK, JSON, cast("Body", ReadyJson(json)))


class ResponseValidation(OpenAPIResponseValidationMiddleware):
    """Powertools' own, for all bodies but those that are JSON already."""

    def handler(self, app: Any, next_middleware: NextMiddleware) -> AnyResponse:
        response = next_middleware(app)
        if isinstance(response.body, ReadyJson):
            return response
        return cast("AnyResponse", self._handle_response(route=app.context["_route"], response=response))
