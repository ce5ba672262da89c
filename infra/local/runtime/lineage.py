"""Lambda's guard against loops: how often each function ran in one chain of requests, carried in the trace header. Pure.

Lambda counts in the header's field `Lineage`, which the SDKs pass on and SQS keeps beside a message, and stops a function that
one event would invoke more than 16 times
(https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html, and for the field
https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html).
"""

from collections.abc import Iterable
from hashlib import sha256
from uuid import uuid4

HEADER = "X-Amzn-Trace-Id"
MOST_RUNS = 16
FIELD = "Lineage"


class Recursive(Exception):
    """The function would run more than MOST_RUNS times in one chain of requests."""


def entered(header: str | None, function: str) -> str:
    """Return the header with one more run of the function, a fresh one if there is none. Raises Recursive."""
    fields = _fields(header or f"Root=1-00000000-{uuid4().hex[:24]};Sampled=0")
    counts = _counts(fields.get(FIELD, ""))
    name = _short(function)
    counts[name] = counts.get(name, 0) + 1
    if counts[name] > MOST_RUNS:
        raise Recursive(function)
    fields[FIELD] = "|".join(f"{each}:{count}" for each, count in counts.items())
    return ";".join(f"{key}={value}" for key, value in fields.items())


def runs(header: str | None, function: str) -> int:
    """Return how often the function has run in the chain."""
    return _counts(_fields(header or "").get(FIELD, "")).get(_short(function), 0)


def longest(headers: Iterable[str | None], function: str) -> str | None:
    """Return the header of the messages of a batch in which the function has run most often.

    AWS does not say which one a batch goes on with: this is the worst case.
    """
    return max(headers, key=lambda header: runs(header, function), default=None)


def _fields(header: str) -> dict[str, str]:
    pairs = (part.partition("=") for part in header.split(";"))
    return {key.strip(): value.strip() for key, between, value in pairs if between}


def _counts(lineage: str) -> dict[str, int]:
    pairs = (part.partition(":") for part in lineage.split("|"))
    return {name: int(count) for name, _, count in pairs if count.isdecimal()}


def _short(function: str) -> str:
    """Return eight hexadecimal digits that stand for a function, as in AWS' examples."""
    return sha256(function.encode()).hexdigest()[:8]
