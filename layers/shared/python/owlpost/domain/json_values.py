"""JSON as producers send it: parsed strictly, checked in proportion to its size, and compared by value."""

import hashlib
import json
import math
import re
from collections.abc import Callable, Iterable
from typing import NoReturn

from owlpost.domain.errors import InvalidRequest

#: Deeper than any honest payload, and well inside what Postgres' own parser takes.
MAX_DEPTH = 64
#: Members of objects and elements of arrays, in all: more than 10,000 ids and 64 KiB of data have together.
MAX_MEMBERS = 50_000
MAX_KEY_LENGTH = 256
#: Python refuses to print longer integers, and no JSON producer means one.
MAX_INTEGER = 10**300
#: NUL and lone surrogates, which Postgres cannot store.
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


def parse(text: str | bytes) -> object:
    """Return the JSON value in `text`. Raises InvalidRequest naming `request` for anything else, `NaN` and `Infinity` too."""
    try:
        return json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise InvalidRequest("request", "must be JSON") from None


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


def check(value: object, field: str) -> None:
    """Refuse what Postgres cannot store, and what is nested too deep, has too many members or too long a key.

    Raises InvalidRequest naming the path of the offending member below `field`. The path is made only then: paths of all
    members would cost more than the value itself.
    """
    _inspect(_Inspection(_check_text), value, field)


def check_shape(value: object, field: str) -> None:
    """Check the same but for what texts hold: for values whose texts are cleaned before they are stored."""
    _inspect(_Inspection(_take_text), value, field)


def _inspect(inspection: "_Inspection", value: object, field: str) -> None:
    try:
        inspection.look(value, 0)
    except _Refusal as refusal:
        raise InvalidRequest(refusal.path(field), refusal.problem) from None


class _Refusal(Exception):
    """What is wrong with a member. Each container on the way out adds the key of the member to `trail`.

    `of_all` is true if the fault is not one member's, such as the depth: then the path ends at the first key.
    """

    def __init__(self, problem: str, *, of_all: bool = False) -> None:
        self.problem = problem
        self.of_all = of_all
        self.trail: list[str | int] = []

    def path(self, field: str) -> str:
        keys = [*([field] if field else []), *map(str, reversed(self.trail))]
        return ".".join(keys[:1] if self.of_all else keys) or "request"


class _Inspection:
    """A walk over one value. It may be recursive, as it goes no deeper than MAX_DEPTH."""

    def __init__(self, check_text: Callable[[str], None]) -> None:
        self._check_text = check_text
        self._members = 0

    def look(self, node: object, depth: int) -> None:
        if isinstance(node, str):
            self._check_text(node)
        elif isinstance(node, dict | list):
            self._look_inside(node, depth)
        elif isinstance(node, float) and not math.isfinite(node):
            raise _Refusal("must be a finite number")
        elif isinstance(node, int) and abs(node) > MAX_INTEGER:
            raise _Refusal("is too large a number")

    def _look_inside(self, container: dict[str, object] | list[object], depth: int) -> None:
        self._members += len(container)
        if self._members > MAX_MEMBERS:
            raise _Refusal(f"has more than {MAX_MEMBERS} members in all", of_all=True)
        if depth == MAX_DEPTH and container:
            raise _Refusal(f"is nested deeper than {MAX_DEPTH} levels", of_all=True)
        if isinstance(container, dict):
            for name in container:
                _check_key(name)
                self._check_text(name)
        for key, member in _members(container):
            try:
                self.look(member, depth + 1)
            except _Refusal as refusal:
                refusal.trail.append(key)
                raise


def _members(container: dict[str, object] | list[object]) -> Iterable[tuple[str | int, object]]:
    return container.items() if isinstance(container, dict) else enumerate(container)


def _check_key(key: str) -> None:
    if len(key) > MAX_KEY_LENGTH:
        raise _Refusal(f"must not have a key of more than {MAX_KEY_LENGTH} characters")


def _take_text(_: str) -> None:
    """Any text will do."""


def _check_text(text: str) -> None:
    if found := _UNSTORABLE.search(text):
        raise _Refusal("must not contain NUL characters" if found[0] == "\0" else "must not contain lone surrogates")


def compact(value: object) -> str:
    """Return the value as JSON without white space, characters as they are."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def fingerprint(value: object) -> str:
    """Return the same text for equal JSON values, in any order of keys and any spelling of numbers."""
    canonical = json.dumps(_plain_numbers(value), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def _plain_numbers(value: object) -> object:
    """Return the value with 1 for 1.0, as both are one JSON number. `check` has bounded the nesting."""
    if isinstance(value, dict):
        return {key: _plain_numbers(member) for key, member in value.items()}
    if isinstance(value, list):
        return [_plain_numbers(member) for member in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
