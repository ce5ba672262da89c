"""Lambda's Invoke API on the loopback address, for an unmodified boto3.

https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
"""

import json
import re
from base64 import b64decode
from dataclasses import dataclass
from functools import reduce
from typing import Any
from urllib.parse import unquote, urlsplit
from uuid import uuid4

from infra.local.account import function_arn, queue_arn
from infra.local.runtime import lineage
from infra.local.runtime.async_invocations import AsyncInvocations
from infra.local.runtime.http_server import HttpServer, Request, Response
from infra.local.runtime.limits import MOST_ASYNC, MOST_SYNC
from infra.local.runtime.sandbox import Invocation
from infra.local.runtime.sandboxes import Sandboxes, Throttled
from infra.topology.model import Topology, physical_name

#: Layers of JSON that must be left to Python's limit of recursion, for those who hand the event on and back.
ROOM = 100
PATH = re.compile(r"/2015-03-31/functions/([^/]+)/invocations/?")


@dataclass
class Refused(Exception):
    """An error of the API itself. boto3 raises an exception named `kind`."""

    status: int
    kind: str
    message: str


class InvokeApi:
    """Answers for each function of the topology by its physical name or ARN, and for families of functions.

    A family is what functions that read queues have in common: an event whose records come from the queue
    `owlpost-email`, sent to `owlpost-deliver`, goes to `owlpost-deliver-email`.
    """

    def __init__(
        self, topology: Topology, *, sandboxes: Sandboxes, background: AsyncInvocations, port: int = 0
    ) -> None:
        self._functions = {physical_name(function.name): function.name for function in topology.functions}
        self._readers = {queue_arn(source.queue): source.function for source in topology.event_sources}
        self._sandboxes = sandboxes
        self._background = background
        self._server = HttpServer(self.answer, port=port, most_body=MOST_SYNC)
        self.url = self._server.url
        self.start = self._server.start
        self.stop = self._server.stop

    def answer(self, request: Request) -> Response:
        request_id = str(uuid4())
        try:
            response = self._invoke(request, request_id)
        except Refused as refused:
            body = json.dumps({"Type": "User", "message": refused.message}).encode()
            response = Response(refused.status, body, [("X-Amzn-ErrorType", refused.kind)])
        return response.with_headers({"x-amzn-RequestId": request_id, "Content-Type": "application/json"})

    def _invoke(self, request: Request, request_id: str) -> Response:
        match = PATH.fullmatch(urlsplit(request.target).path)
        if match is None or request.method != "POST":
            raise Refused(404, "UnknownOperationException", "only Invoke is answered here")
        kind = request.header("X-Amz-Invocation-Type") or "RequestResponse"
        event = _event(request.body, kind)
        function = self._function(_name(unquote(match[1])), event)
        if kind == "DryRun":
            return Response(204)
        trace = request.header(lineage.HEADER)
        if kind == "Event":
            self._background.submit(function, event, request_id, trace)
            return Response(202)
        # An asynchronous call's client context is dropped, as Lambda does.
        context = _client_context(request.header("X-Amz-Client-Context"))
        return self._run(function, Invocation(event, request_id, context, trace))

    def _run(self, function: str, invocation: Invocation) -> Response:
        try:
            answer = self._sandboxes.run(function, invocation)
        except Throttled:
            raise Refused(429, "TooManyRequestsException", "Rate Exceeded.") from None
        except lineage.Recursive:
            raise Refused(400, "RecursiveInvocationException", "Recursive invocation detected.") from None
        errors = [("X-Amz-Function-Error", "Unhandled")] if answer.failed else []
        return Response(200, json.dumps(answer.payload).encode(), [("X-Amz-Executed-Version", "$LATEST"), *errors])

    def _function(self, name: str, event: Any) -> str:
        if name in self._functions:
            return self._functions[name]
        reader = self._readers.get(_source(event))
        if reader is not None and physical_name(reader).startswith(f"{name}-"):
            return reader
        raise Refused(404, "ResourceNotFoundException", f"Function not found: {function_arn(name)}")


def _name(given: str) -> str:
    """Return the physical name in a name, a partial ARN or a full ARN, each with or without a version."""
    return given.rpartition("function:")[2].partition(":")[0]


def _event(body: bytes, kind: str) -> Any:
    if kind not in ("RequestResponse", "Event", "DryRun"):
        raise Refused(400, "InvalidParameterValueException", f"{kind!r} is no invocation type")
    most = MOST_ASYNC if kind == "Event" else MOST_SYNC
    if len(body) > most:
        message = f"Request must be smaller than {most} bytes for the InvokeFunction operation"
        raise Refused(413, "RequestTooLargeException", message)
    try:
        event = json.loads(body or b"{}")
        json.dumps(reduce(lambda inner, _: [inner], range(ROOM), event))
    except (ValueError, RecursionError) as error:
        raise Refused(
            400, "InvalidRequestContentException", f"Could not parse request body into json: {error}"
        ) from None
    return event


def _client_context(header: str | None) -> Any:
    if not header:
        return None
    try:
        sent = json.loads(b64decode(header, validate=True))
    except ValueError:
        sent = None
    if not isinstance(sent, dict):
        raise Refused(
            400, "InvalidRequestContentException", "Client context must be a valid Base64-encoded JSON object."
        )
    return sent


def _source(event: Any) -> str:
    """Return the queue's ARN in the first record of an SQS event; empty for other events."""
    match event:
        case {"Records": [{"eventSourceARN": str(arn)}, *_]}:
            return arn
    return ""
