"""`python -m infra.local.runtime.worker <entry> <physical name> <fd> <MB>`: one function, warm, in a process of its own.

Plays a Lambda sandbox: gets one event at a time over the socket `fd`, in lines of JSON, so that what the handler prints
stays its log. It may have so many megabytes of memory. First it says whether the function could be loaded, then of each
event that it is taken, and what came of it. It ends when the socket does, even in the middle of an invocation: an engine
that is gone must not leave work behind that nobody settles.
"""

import json
import os
import queue
import socket
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Self

from infra.local.runtime import function_error
from infra.local.runtime.limits import MOST_ANSWER, answer_too_large
from infra.local.runtime.memory import MemoryLimit

Handler = Callable[[Any, "Context"], Any]
Answer = dict[str, Any]

#: Sent when the function is loaded, and before the handler is called: an event that was not taken may be given to another
#: sandbox.
READY: Answer = {"payload": None, "failed": False}


@dataclass(frozen=True, slots=True)
class ClientContext:
    """The caller's context beside the event. Missing values are None."""

    custom: Any
    env: Any
    client: Any

    @classmethod
    def of(cls, sent: dict[str, Any]) -> Self:
        return cls(sent.get("custom"), sent.get("env"), sent.get("client"))


@dataclass(frozen=True, slots=True)
class Context:
    """The part of Lambda's context object that handlers and Powertools use."""

    aws_request_id: str
    function_name: str
    invoked_function_arn: str
    memory_limit_in_mb: str
    #: A time of the monotonic clock: the other one may be set while the function runs.
    deadline: float
    function_version: str = "$LATEST"
    log_group_name: str = "/aws/lambda/owlpost"
    log_stream_name: str = "$LATEST"
    identity: None = None
    client_context: "ClientContext | None" = None

    @classmethod
    def of(cls, told: dict[str, Any]) -> Self:
        sent, seconds = told["client_context"], told["timeout"]
        known = {name: value for name, value in told.items() if name != "timeout"}
        context = ClientContext.of(sent) if sent else None
        return cls(**{**known, "client_context": context, "deadline": time.monotonic() + seconds})

    def get_remaining_time_in_millis(self) -> int:
        return max(0, round((self.deadline - time.monotonic()) * 1000))


class CannotLoad(Exception):
    """The topology's handler does not exist. `kind` is Lambda's name of the error."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


def load(entry: str) -> Handler:
    """Import `package.module.function`."""
    module_name, _, name = entry.rpartition(".")
    try:
        module = import_module(module_name)
    except ImportError as error:
        raise CannotLoad("ImportModuleError", f"Unable to import module '{module_name}': {error}") from error
    handler: Handler | None = getattr(module, name, None)
    if handler is None:
        raise CannotLoad("HandlerNotFound", f"Handler '{name}' missing on module '{module_name}'")
    return handler


def invoke(handler: Handler, event: Any, context: Context) -> Answer:
    """Return `{"payload", "failed"}`: what the handler returned, or what it raised as Lambda tells it."""
    try:
        payload = handler(event, context)
    except Exception as error:  # noqa: BLE001 (whatever a handler raises is its answer)
        return {"payload": function_error.from_exception(error, context.aws_request_id, skip=1), "failed": True}
    try:
        size = len(json.dumps(payload, ensure_ascii=False).encode())
    except (TypeError, ValueError) as error:
        message = f"Unable to marshal response: {error}"
        return {
            "payload": function_error.runtime_error("MarshalError", message, context.aws_request_id),
            "failed": True,
        }
    if size > MOST_ANSWER:
        return {"payload": answer_too_large(), "failed": True}
    return {"payload": payload, "failed": False}


def _read_events(wire: socket.socket, events: "queue.SimpleQueue[dict[str, Any]]") -> None:
    with wire.makefile("rb") as lines:
        for line in lines:
            events.put(json.loads(line))
    os._exit(0)


def _send(wire: socket.socket, answer: Answer) -> None:
    wire.sendall(json.dumps(answer).encode() + b"\n")


def serve(wire: socket.socket, entry: str, limit: MemoryLimit) -> None:
    events: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
    threading.Thread(target=_read_events, args=(wire, events), daemon=True).start()
    try:
        with limit.enforced():
            handler = load(entry)
    except CannotLoad as error:
        _send(wire, {"payload": function_error.runtime_error(error.kind, str(error), ""), "failed": True})
        return
    except Exception as error:  # noqa: BLE001 (whatever a module raises at import is the sandbox's answer)
        _send(wire, {"payload": function_error.from_exception(error, ""), "failed": True})
        return
    _send(wire, READY)
    while True:
        asked = events.get()
        _send(wire, READY)
        os.environ["_X_AMZN_TRACE_ID"] = asked["trace"]  # botocore passes it on with each call, as in Lambda
        with limit.enforced():
            answer = invoke(handler, asked["event"], Context.of(asked["context"]))
        _send(wire, answer)


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[3])), sys.argv[1], MemoryLimit(int(sys.argv[4])))
