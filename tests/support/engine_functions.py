"""Small functions for tests of the engine. Each runs in a real sandbox."""

import json
import os
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from owlpost import aws


def echo(event: Any, context: Any) -> dict[str, Any]:
    print("echo was here")  # noqa: T201 (what a handler prints is its log)
    return {
        "event": event,
        "request_id": context.aws_request_id,
        "custom": context.client_context and context.client_context.custom,
        "function": context.function_name,
        "arn": context.invoked_function_arn,
        "memory": context.memory_limit_in_mb,
        "remaining": context.get_remaining_time_in_millis(),
        "environment": dict(os.environ),
        "pid": os.getpid(),
        "command": sys.orig_argv,
    }


def fail(event: Any, context: Any) -> None:
    """Fail, and record each try in RECORD_FILE."""
    _record({"request_id": context.aws_request_id})
    raise ValueError("no such owl")


def sleep(event: dict[str, float], context: Any) -> str:
    _record({"pid": os.getpid()})
    time.sleep(event["seconds"])
    return "done"


def unanswerable(event: Any, context: Any) -> object:
    return object()


def leave(event: Any, context: Any) -> None:
    sys.exit(3)


def large(event: Any, context: Any) -> str:
    return "x" * (6 * 1024 * 1024 + 99)


def hoard(event: dict[str, int], context: Any) -> str:
    """Takes so many megabytes, and lets go of them at once."""
    return f"{len(bytearray(event['megabytes'] * 1024 * 1024))} bytes"


def hoard_slowly(event: dict[str, Any], context: Any) -> None:
    """Takes one megabyte after the other and catches whatever comes of it."""
    hoard: list[bytearray] = []
    while True:
        with suppress(BaseException):
            hoard.append(bytearray(os.urandom(1024 * 1024)))


def page(event: dict[str, Any], context: Any) -> Any:
    """Return the answer that the event's query asks for, by default the event itself."""
    query = event.get("queryStringParameters", {})
    if "bytes" in query:
        return {"statusCode": 200, "body": "x" * int(query["bytes"])}
    answer = query.get("answer")
    return json.loads(answer) if answer else {"statusCode": 200, "body": json.dumps(event)}


def consume(event: dict[str, Any], context: Any) -> Any:
    """Note the batch in RECORD_FILE, and do what its bodies ask for: raise, die, sleep, send again, answer so, or fail one."""
    _record({"event": _abridged(event), "pid": os.getpid()})
    bodies = [json.loads(record["body"]) for record in event["Records"]]
    for body in bodies:
        time.sleep(body.get("sleep", 0))
        if body.get("raise"):
            raise ValueError("no such owl")
        hoard({"megabytes": body.get("megabytes", 0)}, context)
        if "again" in body:
            aws.client("sqs").send_message(QueueUrl=body["again"], MessageBody=json.dumps(body))
        if "answer" in body:
            return body["answer"]
    records = zip(event["Records"], bodies, strict=True)
    return {
        "batchItemFailures": [{"itemIdentifier": record["messageId"]} for record, body in records if body.get("fail")]
    }


def _abridged(event: dict[str, Any]) -> dict[str, Any]:
    """What fills a large message is not noted."""
    if all(len(record["body"]) < 1_000 for record in event["Records"]):
        return event
    records = [
        {**record, "body": json.dumps({**json.loads(record["body"]), "filling": ""})} for record in event["Records"]
    ]
    return {"Records": records}


def _record(what: dict[str, Any]) -> None:
    with Path(os.environ["RECORD_FILE"]).open("a") as file:
        file.write(json.dumps(what) + "\n")


def doorkeeper(event: dict[str, Any], _context: Any) -> Any:
    """Let connections in, unless their query says otherwise."""
    _record({"event": event})
    asked = (event.get("queryStringParameters") or {}).get("answer", "200")
    if asked == "raise":
        raise RuntimeError("no")
    return None if asked == "nothing" else {"statusCode": int(asked)}
