"""The one place that maps exceptions to HTTP responses, and lists in the OpenAPI document which ones a route may give."""

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError, ServiceError
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestUnsupportedContentType, RequestValidationError
from aws_lambda_powertools.event_handler.openapi.types import OpenAPIResponse

from functions.api.codes import INVALID, code_of, code_of_problem
from functions.api.cookies import cleared
from functions.api.schemas.common import Problem
from owlpost.domain.errors import InvalidRequest, OwlpostError
from owlpost.domain.refusals import NotSignedIn, Postponed
from owlpost.observability import logger
from owlpost.wiring import api as wiring

JSON = "application/json"
#: Seconds that a sleeping database needs to wake up.
RESUMES_IN = 15
#: Headers of every response. Pages replace the content security policy.
HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    "referrer-policy": "no-referrer",
    "strict-transport-security": "max-age=63072000; includeSubDomains",
    "x-content-type-options": "nosniff",
}

#: Pydantic's error types, in words for people.
PROBLEMS = {
    "missing": "is missing",
    "string_type": "must be a string",
    "string_too_short": "must not be empty",
    "bool_type": "must be true or false",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "int_type": "must be a whole number",
    "int_parsing_size": "must be a whole number",
    "dict_type": "must be an object",
    "model_attributes_type": "must be an object",
    "uuid_parsing": "must be an id",
    "uuid_type": "must be an id",
}

#: Of a database that resumes after a pause or starts, and of one that does not serve.
STARTING = "The service is starting. Please try again in a moment."
AWAY = "The service is away for a moment. Please try again."
#: Any route may respond with these: a body too large, too many requests, a fault of ours, a database that is away.
ANY_ROUTE = (
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.INTERNAL_SERVER_ERROR,
    HTTPStatus.SERVICE_UNAVAILABLE,
)
SIGNED_IN_ROUTE = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
#: Marks a route as public in the OpenAPI document.
PUBLIC: dict[str, Any] = {"security": []}


def documented_responses(*statuses: int, public: bool = False) -> dict[int, OpenAPIResponse]:
    """Return the documented responses of a route: its own statuses and those that any route of its kind may give."""
    errors = (*ANY_ROUTE, *(() if public else SIGNED_IN_ROUTE))
    return {int(status): _described(HTTPStatus(status)) for status in sorted({*statuses, *errors})}


def _described(status: HTTPStatus) -> OpenAPIResponse:
    if status < HTTPStatus.MULTIPLE_CHOICES:
        return {"description": status.phrase}
    if status < HTTPStatus.BAD_REQUEST:
        return {"description": status.phrase, "content": {}}
    return {"description": status.phrase, "content": {JSON: {"model": Problem}}}


def refusal(
    status: int, error: str, *, details: Sequence[Mapping[str, str]] = (), headers: Mapping[str, str] | None = None
) -> Response[str]:
    code = INVALID if details else code_of(error)
    body = {"error": error, **({"code": code} if code else {}), **({"details": list(details)} if details else {})}
    return Response(status_code=int(status), content_type=JSON, body=json.dumps(body), headers=headers)


def map_errors(app: APIGatewayHttpResolver) -> None:
    """Register a handler for each kind of error. The handler of the nearest class wins."""
    app.exception_handler(OwlpostError)(_refused)
    app.exception_handler(InvalidRequest)(_invalid)
    app.exception_handler(NotSignedIn)(_not_signed_in)
    app.exception_handler(Postponed)(_postponed)
    app.exception_handler(RequestValidationError)(_not_valid)
    app.exception_handler(RequestUnsupportedContentType)(_not_json)
    app.exception_handler(ServiceError)(_service_error)
    app.exception_handler(Exception)(_fault)
    app.not_found(_no_route)


def _refused(error: OwlpostError) -> Response[str]:
    if error.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return _fault(error)
    return refusal(error.status, str(error))


def _invalid(error: InvalidRequest) -> Response[str]:
    return _problems([{"field": error.field, "problem": error.problem}])


def _problems(details: Sequence[Mapping[str, str]]) -> Response[str]:
    sentence = "; ".join(f"{detail['field']} {detail['problem']}" for detail in details)
    return refusal(HTTPStatus.BAD_REQUEST, f"{sentence}.", details=[_with_code(detail) for detail in details])


def _with_code(detail: Mapping[str, str]) -> Mapping[str, str]:
    code = code_of_problem(detail["problem"])
    return {**detail, "code": code} if code else detail


def _not_signed_in(error: NotSignedIn) -> Response[str]:
    response = refusal(error.status, str(error), headers={"www-authenticate": "Bearer"})
    if error.by_cookie:
        response.cookies.extend(cleared())
    return response


def _postponed(error: Postponed) -> Response[str]:
    return refusal(error.status, str(error), headers={"retry-after": str(error.retry_after)})


def _not_valid(invalid: RequestValidationError) -> Response[str]:
    """Return 404 for a malformed id in the path, and 400 naming the fields for all other errors."""
    found = invalid.errors()
    if any(error["loc"][0] == "path" for error in found):
        return _no_route(NotFoundError())
    return _problems([{"field": _field(error["loc"]), "problem": _problem(error)} for error in found])


def _field(location: Sequence[str | int]) -> str:
    return ".".join(map(str, location[1:])) or str(location[0])


def _problem(found: Mapping[str, Any]) -> str:
    if found["type"] == "literal_error":
        return f"must be {found['ctx']['expected']}"
    return PROBLEMS.get(found["type"], "is not valid")


def _not_json(_error: Exception) -> Response[str]:
    return _problems([{"field": "body", "problem": "must be JSON, sent as application/json"}])


def _service_error(error: ServiceError) -> Response[str]:
    return refusal(error.status_code, HTTPStatus(error.status_code).phrase)


def _no_route(_error: Exception) -> Response[str]:
    return refusal(HTTPStatus.NOT_FOUND, "There is nothing here.")


def _fault(error: Exception) -> Response[str]:
    if wiring.is_database_away(error):
        starting = wiring.is_database_starting(error)
        logger().warning(
            "database is starting" if starting else "database is away", extra={"error": type(error).__name__}
        )
        return refusal(
            HTTPStatus.SERVICE_UNAVAILABLE,
            STARTING if starting else AWAY,
            headers={"retry-after": str(RESUMES_IN)},
        )
    logger().error("request failed", exc_info=error)
    return refusal(HTTPStatus.INTERNAL_SERVER_ERROR, "Something went wrong on our side. Please try again.")
