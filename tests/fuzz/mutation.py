"""Hostile variants of honest JSON: other values in any place, other shapes, and sizes that multiply with each other."""

import json
import random
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

from tests.support.json_shapes import LEAVES, Layer

#: Texts that have hurt somebody before.
TEXTS = (
    *("", " ", "\0", "\u200b", "\u202e", "\ud800", "é" * 300, "a" * 1_500, "a" * 20_000, "a" * 70_000, "😀" * 5_000),
    *("'; drop table users; --", "../..", "//evil.example", "%00", "{{7*7}}", "${x}", "\r\nX: y"),
    *("NaN", "1e999", "2026-13-45T99:99:99Z", "null"),
)
NUMBERS = (0, -1, 1, 2**31, 2**63, 2**64, 10**300, 10**400, 0.1, -0.0, 1e308, float("inf"), float("nan"))
TIMES = (1, 2, 7, 64, 1_000, 20_000)
KEYS = (None, None, 1, 60, 300, 30_000)
LARGEST = 200_000
#: Nested too deep for Python to hold, let alone to write: names of such values, put into the text at the end.
DEPTHS = {
    f"{opening} nested {depth} times": opening * depth + inner + closing * depth
    for depth in (60, 64, 65, 900, 5_000, 30_000)
    for opening, inner, closing in (("[", "", "]"), ('{"a":', "0", "}"), ('[{"a":', "[[]]", "}]"))
}


def mutated(chance: random.Random, value: object, *, largest: int = LARGEST) -> Any:
    """Return the value with one to four of its nodes replaced, removed, repeated or wrapped.

    `largest` bounds each change, in characters: what is far too large for an edge is refused there and tries nothing else.
    """
    changed: Any = deepcopy(value)
    for _ in range(chance.choice((1, 1, 1, 2, 4))):
        places = list(_places(changed))
        if not places:
            return _other(chance, largest)
        container, key = chance.choice(places)
        _change(chance, container, key, largest)
    return changed


def as_text(chance: random.Random, value: object) -> str:
    """Return the value as JSON, now and then damaged."""
    text = json.dumps(value, ensure_ascii=chance.random() < 0.5)
    for name, nested in DEPTHS.items():
        text = text.replace(json.dumps(name), nested)
    if chance.random() < 0.8 or not text:
        return text
    at = chance.randrange(len(text))
    return chance.choice(
        (text[:at], text[:at] + chance.choice('{}[]",:\\0e-\x00') + text[at:], text * 2, "\ufeff" + text)
    )


def _places(value: object) -> Iterator[tuple[Any, Any]]:
    if isinstance(value, dict | list):
        for key, member in list(value.items() if isinstance(value, dict) else enumerate(value))[:50]:
            yield value, key
            yield from _places(member)


def _change(chance: random.Random, container: Any, key: Any, largest: int) -> None:
    match chance.randrange(5):
        case 0:
            del container[key]
        case 1:
            size = len(json.dumps(container[key]))
            times = max(1, min(chance.choice(TIMES), largest // size))
            container[key] = [
                deepcopy(container[key]) for _ in range(times)
            ]  # one by one, as a later change is for one
        case 2:
            name = chance.choice(TEXTS) * chance.choice((1, 1, 50))
            container[key] = {name[:largest]: container[key]}
        case 3 if isinstance(container[key], str):
            container[key] = chance.choice(TEXTS)[:largest]
        case _:
            container[key] = _other(chance, largest)


def _other(chance: random.Random, largest: int) -> object:
    """Return a text, a number, a name of DEPTHS, or layers around a leaf whose sizes multiply up to `largest`."""
    match chance.randrange(4):
        case 0:
            return chance.choice(TEXTS)[:largest]
        case 1:
            return chance.choice(NUMBERS)
        case 2:
            return chance.choice(tuple(DEPTHS))
    text = chance.choice(LEAVES)
    for _ in range(chance.randint(0, 6)):
        text = Layer(chance.choice(TIMES), chance.choice(KEYS)).around(text, largest)
    return json.loads(text)
