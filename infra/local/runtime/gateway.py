"""The front door: API Gateway's HTTP API with the topology's routes, and a default one to the function `api`."""

import json
import logging
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from uuid import uuid4

from infra.local.runtime.gateway_event import Malformed, gateway_event, gateway_response
from infra.local.runtime.host_page import host_page
from infra.local.runtime.http_server import HttpServer, Request, Response
from infra.local.runtime.limits import MOST_SYNC
from infra.local.runtime.sandboxes import Sandboxes, Throttled
from infra.topology.model import Route
from owlpost.domain.brand import OWL_PICTURE

log = logging.getLogger(__name__)

MOST_BODY = 10 * 1024 * 1024
#: Bytes of the request line and of the values of headers together: AWS, "Quotas for HTTP APIs".
MOST_HEAD = 10_240


class Gateway:
    """A function that fails, times out or returns an invalid answer is a 500, a throttled one a 503, as at API Gateway.

    Its own limit of 30 seconds is longer than the function's timeout, which therefore comes first. Pages of the product, to
    which notifications link, have a page that stands in for them. `known_origins` are those of other pages that may ask.
    """

    def __init__(
        self,
        *,
        sandboxes: Sandboxes,
        routes: Sequence[Route] = (),
        port: int = 0,
        known_origins: Collection[str] = (),
    ) -> None:
        self._sandboxes = sandboxes
        self._routes = routes
        self._server = HttpServer(
            self.answer,
            port=port,
            most_body=MOST_BODY,
            pages=True,
            known_origins=known_origins,
            anybodys=(OWL_PICTURE,),
        )
        self.url = self._server.url
        self.start = self._server.start
        self.stop = self._server.stop

    def answer(self, request: Request) -> Response:
        if page := host_page(request):
            return page
        request_id = str(uuid4())
        return self._ask(request, request_id).with_headers({"apigw-requestid": request_id})

    def _ask(self, request: Request, request_id: str) -> Response:
        if _head(request) > MOST_HEAD:
            return _error(431, "Request Header Fields Too Large")
        if len(request.body) > MOST_BODY:
            return _error(413, "Request Entity Too Large")
        event = gateway_event(request, now=datetime.now(UTC), request_id=request_id)
        if len(json.dumps(event).encode()) > MOST_SYNC:  # base64 of a binary body: four bytes for three
            return _error(413, "Request Entity Too Large")
        try:
            answer = self._sandboxes.invoke(self._function(event["rawPath"]), event)
            if not answer.failed:
                return gateway_response(answer.payload)
            log.warning("%s %s: %s", request.method, request.target, answer.payload.get("errorMessage"))
        except Throttled:
            return _error(503, "Service Unavailable")
        except Malformed as malformed:
            log.warning("%s %s: malformed answer: %s", request.method, request.target, malformed)
        return _error(500, "Internal Server Error")

    def _function(self, path: str) -> str:
        return next((route.function for route in self._routes if route.matches(path)), "api")


def _head(request: Request) -> int:
    line = f"{request.method} {request.target} {request.protocol}"
    return len(line) + sum(len(value) for _, value in request.headers)


def _error(status: int, message: str) -> Response:
    return Response(status, json.dumps({"message": message}).encode(), [("content-type", "application/json")])
