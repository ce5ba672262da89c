"""JSON as producers send it: parsed strictly, walked without recursion, and compared by value."""

import hashlib
import json
import math
from collections.abc import Iterator
from typing import NoReturn

from owlpost.domain.errors import InvalidRequest

#: Deeper than any honest payload, and well inside what Postgres' own parser takes.
MAX_DEPTH = 64
#: Python refuses to print longer integers, and no JSON producer means one.
MAX_INTEGER = 10**300


def parse(text: str | bytes) -> object:
    """The JSON value in `text`. Raises InvalidRequest naming `request` for anything else, `NaN` and `Infinity` included."""
    try:
        return json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise InvalidRequest("request", "must be JSON") from None


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


def check(value: object, field: str) -> None:
    """Refuse what Postgres cannot store: NUL, lone surrogates, infinite numbers, nesting past MAX_DEPTH.

    Raises InvalidRequest naming the path of the offending member below `field`.
    """
    for path, leaf in _leaves(value, field):
        if isinstance(leaf, str):
            _check_text(leaf, path)
        elif isinstance(leaf, float) and not math.isfinite(leaf):
            raise InvalidRequest(path, "must be a finite number")
        elif isinstance(leaf, int) and abs(leaf) > MAX_INTEGER:
            raise InvalidRequest(path, "is too large a number")


def _leaves(value: object, field: str) -> Iterator[tuple[str, object]]:
    """Each scalar and each object key with the path it stands at; an own stack, as nesting is the sender's to choose."""
    stack: list[tuple[str, object, int]] = [(field, value, 0)]
    while stack:
        path, node, depth = stack.pop()
        if depth > MAX_DEPTH:
            raise InvalidRequest(field or path.split(".", 1)[0], f"is nested deeper than {MAX_DEPTH} levels")
        if isinstance(node, dict):
            for key, member in node.items():
                yield path or "request", key
                stack.append((f"{path}.{key}" if path else str(key), member, depth + 1))
        elif isinstance(node, list):
            stack.extend((f"{path}.{index}", member, depth + 1) for index, member in enumerate(node))
        else:
            yield path, node


def _check_text(text: str, path: str) -> None:
    if "\0" in text:
        raise InvalidRequest(path, "must not contain NUL characters")
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise InvalidRequest(path, "must not contain lone surrogates")


def compact(value: object) -> str:
    """The value as JSON without white space, characters as they are."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def fingerprint(value: object) -> str:
    """The same for two bodies whose JSON values are the same, whatever the order of keys and the spelling of numbers."""
    canonical = json.dumps(_plain_numbers(value), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def _plain_numbers(value: object) -> object:
    """1.0 and 1 are one JSON number; nesting was bounded by `check` before."""
    if isinstance(value, dict):
        return {key: _plain_numbers(member) for key, member in value.items()}
    if isinstance(value, list):
        return [_plain_numbers(member) for member in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
