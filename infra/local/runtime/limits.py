"""Lambda's limits of an invocation, in bytes of JSON.

https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
"""

from infra.local.runtime.function_error import Payload

#: Of a synchronous call, a message of SQS's event source among them; of an asynchronous one, 256 KB until October 2025.
MOST_SYNC = 6 * 1024 * 1024
MOST_ASYNC = 1024 * 1024
#: Of an answer. A hundred bytes more than a request may have; the documentation says 6 MB of both.
MOST_ANSWER = MOST_SYNC + 100


def answer_too_large() -> Payload:
    """Return the error for a function whose answer is larger than MOST_ANSWER."""
    message = f"Response payload size exceeded maximum allowed payload size ({MOST_ANSWER} bytes)."
    return {"errorType": "Function.ResponseSizeTooLarge", "errorMessage": message}
