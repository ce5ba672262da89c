"""The API as one function: the resolver, the middlewares that every request passes, and the routes of all nouns."""

from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver
from aws_lambda_powertools.event_handler.middlewares.openapi_validation import OpenAPIRequestValidationMiddleware
from aws_lambda_powertools.utilities.typing import LambdaContext

from functions.api import (
    auth,
    destinations,
    devices,
    health,
    inbox,
    inbox_acts,
    invitations,
    lines,
    preferences,
    projects,
    unsubscribe,
)
from functions.api.caller import check_caller
from functions.api.cross_origin import for_its_reader, preflight
from functions.api.docs import add_docs
from functions.api.error_responses import HEADERS, map_errors
from functions.api.etag import respond_not_modified
from functions.api.fair_share import check_fair_share
from functions.api.ready_json import ResponseValidation
from functions.api.request_body import check_json, check_size, read_object
from owlpost.observability import tell_of_request
from owlpost.wiring import api as wiring

NOUNS = (auth, preferences, inbox, inbox_acts, lines, devices, destinations, projects, invitations, unsubscribe, health)


def build() -> APIGatewayHttpResolver:
    """Return the resolver with all routes. It opens no connection: services are made at the first request that needs them.

    Validation stands in the chain by hand rather than by the resolver's switch: that would validate before it is known
    who calls, and document 422 where we answer 400.
    """
    app = APIGatewayHttpResolver(json_body_deserializer=read_object)
    app.use(
        [
            check_size,
            check_caller,
            check_fair_share,
            check_json,
            respond_not_modified,
            OpenAPIRequestValidationMiddleware(),  # type: ignore[no-untyped-call]  # Powertools does not annotate it
            ResponseValidation(has_response_validation_error=True),
        ]
    )
    map_errors(app)
    for noun in NOUNS:
        app.include_router(noun.router)
    add_docs(app)
    return app


app = build()


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Serve one request, and leave a line about it in the log."""
    response = preflight(event) or _serve(event, context)
    asked = event["requestContext"]
    tell_of_request(asked["requestId"], status=response["statusCode"], source=_source(asked["http"]["sourceIp"]))
    return response


def _source(ip: str) -> str | None:
    """Return the keyed hash of the source, None without keys: nothing works then, and the response says so."""
    try:
        return wiring.source_hash(ip)
    except Exception:  # noqa: BLE001 (whatever keeps the keys away; the response is there already)
        return None


def _serve(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one request. A HEAD request gets the status and headers of the GET, without its body."""
    http = event["requestContext"]["http"]
    if http["method"] != "HEAD":
        return _respond(event, context)
    as_get = {**event["requestContext"], "http": {**http, "method": "GET"}}
    response = _respond({**event, "requestContext": as_get}, context)
    return {**response, "body": "", "isBase64Encoded": False}


def _respond(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    response = app.resolve(event, context)
    return {**response, "headers": for_its_reader(event, {**HEADERS, **response["headers"]})}
