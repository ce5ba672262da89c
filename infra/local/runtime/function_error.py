"""Error payloads in Lambda's form, for callers of a function that failed."""

import traceback
from typing import Any

Payload = dict[str, Any]


def from_exception(error: BaseException, request_id: str, *, skip: int = 0) -> Payload:
    """Return the payload of a handler's exception, without the `skip` frames of the runtime."""
    frames = traceback.extract_tb(error.__traceback__)[skip:]
    return {
        "errorMessage": str(error),
        "errorType": type(error).__name__,
        "requestId": request_id,
        "stackTrace": traceback.format_list(frames),
    }


def runtime_error(kind: str, message: str, request_id: str) -> Payload:
    """Return the payload of an error of the runtime: a module that cannot be imported, an answer that is not JSON."""
    return {"errorMessage": message, "errorType": f"Runtime.{kind}", "requestId": request_id, "stackTrace": []}


def timed_out(request_id: str, seconds: float) -> Payload:
    message = f"RequestId: {request_id} Error: Task timed out after {seconds:.2f} seconds"
    return {"errorType": "Sandbox.Timedout", "errorMessage": message}


def exited(request_id: str, status: int | None) -> Payload:
    """Return the payload for a process that ended without an answer. A negative status is the signal that killed it."""
    if status is None:
        how = "without providing a reason"
    elif status == -9:
        how = "with error: signal: killed"
    elif status < 0:
        how = f"with error: signal: {-status}"
    else:
        how = f"with error: exit status {status}" if status else "without providing a reason"
    return {"errorType": "Runtime.ExitError", "errorMessage": f"RequestId: {request_id} Error: Runtime exited {how}"}
