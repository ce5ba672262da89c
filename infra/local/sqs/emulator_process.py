"""Run by the emulator's own Python, with the paths of a pid file and of `door.py`: the emulator, until told to end.

A launcher that is killed cannot stop it, but in dying lets go of its stdin; the emulator then ends in good order, and
only in good order does it write its messages down. The pid file is locked for as long as it lives, so that a later
launcher can tell it from another process that bears its number.
"""

import fcntl
import json
import os
import runpy
import signal
import sys
import threading
from importlib import import_module
from pathlib import Path
from typing import Any


def _end_with_launcher() -> None:
    os.read(sys.stdin.fileno(), 1)
    os.kill(os.getpid(), signal.SIGTERM)


def _behind_door(application: Any, refusal: Any) -> Any:
    """Return the emulator's ASGI application without a way in for pages of other sites: it would answer them all."""

    async def answer(scope: Any, receive: Any, send: Any) -> None:
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope.get("headers", ())}
        if scope["type"] == "lifespan":
            await application(scope, receive, send)
        elif (why := refusal(scope.get("method", ""), headers, pages=False)) is None:
            await application(scope, await _traced(headers, receive), send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            await send({"type": "http.response.start", "status": 403, "headers": [(b"content-type", b"text/plain")]})
            await send({"type": "http.response.body", "body": why.encode()})

    return answer


async def _traced(headers: dict[str, str], receive: Any) -> Any:
    """Return the `receive` of a request whose messages keep its trace header beside them, as SQS does; ministack forgets it."""
    trace, action = headers.get("x-amzn-trace-id"), headers.get("x-amz-target", "")
    if not trace or not action.startswith("AmazonSQS.SendMessage"):
        return receive
    body = b""
    while (part := await receive())["type"] == "http.request":
        body += part.get("body", b"")
        if not part.get("more_body"):
            break
    try:
        sent = json.loads(body)
        for message in sent.get("Entries", [sent]):
            attributes = message.setdefault("MessageSystemAttributes", {})
            attributes.setdefault("AWSTraceHeader", {"DataType": "String", "StringValue": trace})
        body = json.dumps(sent).encode()
    except (ValueError, AttributeError, TypeError):
        pass  # the emulator says what is wrong with it
    parts = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Any:
        return parts.pop() if parts else await receive()

    return again


def main(pid_file: Path, door: Path) -> None:
    with pid_file.open("r+") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        held.truncate()
        held.write(f"{os.getpid()}\n")
        held.flush()
        threading.Thread(target=_end_with_launcher, daemon=True).start()
        sys.argv = ["ministack"]
        emulator: Any = import_module("ministack.app")
        emulator.app = _behind_door(emulator.app, runpy.run_path(str(door))["refusal"])
        emulator.main()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
