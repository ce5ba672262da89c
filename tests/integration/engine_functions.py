"""Small functions for the engine's tests, each run in a real sandbox."""

import os
import sys
import time
from typing import Any


def echo(event: Any, context: Any) -> dict[str, Any]:
    print("echo was here")  # noqa: T201 - what a handler prints is its log
    return {
        "event": event,
        "request_id": context.aws_request_id,
        "function": context.function_name,
        "arn": context.invoked_function_arn,
        "remaining": context.get_remaining_time_in_millis(),
        "environment": dict(os.environ),
        "pid": os.getpid(),
    }


def fail(event: Any, context: Any) -> None:
    raise ValueError("no such owl")


def slow(event: dict[str, float], context: Any) -> str:
    time.sleep(event["seconds"])
    return "done"


def unanswerable(event: Any, context: Any) -> object:
    return object()


def leave(event: Any, context: Any) -> None:
    sys.exit(3)
