"""Hostile variants of honest JSON: other values in any place, other shapes, and sizes that multiply with each other."""

import json
import random
from collections.abc import Iterator, Sequence
from copy import deepcopy
from typing import Any

from tests.fuzz import nasty
from tests.fuzz.nasty import KEYS, NUMBERS
from tests.support.json_shapes import LEAVES, Layer

TIMES = (1, 2, 7, 64, 1_000, 20_000)
KEY_LENGTHS = (None, None, 1, 60, 250, 300, 30_000)
LARGEST = 200_000
#: Two sizes that multiply with each other: what is made of them must not cost the machine more than it has.
LARGEST_PRODUCT = 64 * 1024
#: Nested too deep for Python to hold, let alone to write: names of such values, put into the text at the end.
DEPTHS = {
    f"{opening} nested {depth} times": opening * depth + inner + closing * depth
    for depth in (60, 64, 65, 900, 5_000, 30_000)
    for opening, inner, closing in (("[", "", "]"), ('{"a":', "0", "}"), ('[{"a":', "[[]]", "}]"))
}
#: Numbers that Python would not write, or would write otherwise.
SPELLINGS = {
    f"number {spelling}": spelling
    for spelling in ("1e400", "-1e400", "1e-400", "-0", "1E+5", "0.1e1", "1e999999999", "1" + "0" * 400)
}
#: More digits than Python reads.
SPELLINGS["number of 5,000 digits"] = "9" * 5_000


def hostile(chance: random.Random, honest: Sequence[object], *, largest: int = LARGEST) -> Iterator[str]:
    """Yield JSON for ever, in turn: one place of one honest value with a nasty text, and an honest value mutated at random.

    Each place has its turn before any has another, and each kind of text comes to a place before any comes again.
    """
    places = [(value, number) for value in honest for number, _ in enumerate(_places(value))]
    texts = [nasty.texts(chance) for _ in places]
    while True:
        for turn in chance.sample(range(len(places)), len(places)):
            value, number = places[turn]
            changed = deepcopy(value)
            container, key = list(_places(changed))[number]
            _put(chance, container, key, next(texts[turn])[:largest])
            yield json.dumps(changed)
            change = swollen if chance.random() < 0.2 else mutated
            yield as_text(chance, change(chance, chance.choice(honest), largest=largest))


def _put(chance: random.Random, container: Any, key: Any, text: str) -> None:
    """Put the text where the value was, into it, or beside it under a key of this name."""
    if isinstance(container, dict) and chance.random() < 0.1:
        container[text] = container[key]
    elif isinstance(container[key], int | float) and chance.random() < 0.5:
        container[key] = chance.choice(NUMBERS)
    elif isinstance(container[key], str) and chance.random() < 0.5:
        at = chance.randint(0, len(container[key]))
        container[key] = container[key][:at] + text + container[key][at:]
    else:
        container[key] = text


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


def swollen(chance: random.Random, value: object, *, largest: int = LARGEST) -> Any:
    """Return the value with one of its nodes, or all of it, as large as it may be, by sizes that could multiply."""
    changed = deepcopy(value)
    places = list(_places(changed))
    if not places or chance.random() < 0.1:
        return _product(chance, min(largest, LARGEST_PRODUCT))
    container, key = chance.choice(places)
    container[key] = _product(chance, min(largest, LARGEST_PRODUCT))
    return changed


def as_text(chance: random.Random, value: Any) -> str:
    """Return the value as JSON, now and then damaged."""
    text = json.dumps(value, ensure_ascii=chance.random() < 0.5)
    for name, written in (DEPTHS | SPELLINGS).items():
        text = text.replace(json.dumps(name), written)
    if chance.random() < 0.05 and text.startswith("{") and value:
        text = (
            f"{{{json.dumps(chance.choice(list(value)))}:{json.dumps(nasty.text(chance))},{text[1:]}"  # one key twice
        )
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
    match chance.randrange(8):
        case 0:
            del container[key]
        case 1:
            size = len(json.dumps(container[key]))
            times = max(1, min(chance.choice(TIMES), largest // size))
            container[key] = [
                deepcopy(container[key]) for _ in range(times)
            ]  # one by one, as a later change is for one
        case 2:
            name = nasty.text(chance) * chance.choice((1, 1, 50))
            container[key] = {name[:largest]: container[key]}
        case 3 if isinstance(container, dict):
            container[_key(chance)[:largest]] = _other(chance, largest)
        case 3 | 4 | 5 if isinstance(container[key], str):
            container[key] = chance.choice((_text, _text, _longer))(chance, container[key])[:largest]
        case _:
            container[key] = _other(chance, largest)


def _key(chance: random.Random) -> str:
    return chance.choice((chance.choice(KEYS), nasty.text(chance)))


def _text(chance: random.Random, _: str) -> str:
    return nasty.text(chance)


def _longer(chance: random.Random, text: str) -> str:
    """Return the honest text with something in it that is not."""
    at = chance.randint(0, len(text))
    return text[:at] + nasty.text(chance) + text[at:]


def _other(chance: random.Random, largest: int) -> object:
    """Return a text, a number, a name of DEPTHS or SPELLINGS, or layers around a leaf whose sizes multiply up to `largest`."""
    match chance.randrange(6):
        case 0:
            return nasty.text(chance)[:largest]
        case 1:
            return chance.choice(NUMBERS)
        case 2:
            return chance.choice((*DEPTHS, *SPELLINGS))
        case 3:
            return _product(chance, min(largest, LARGEST_PRODUCT))
    text = chance.choice(LEAVES)
    for _ in range(chance.randint(0, 6)):
        text = Layer(chance.choice(TIMES), chance.choice(KEY_LENGTHS)).around(text, largest)
    return json.loads(text)


def _product(chance: random.Random, largest: int) -> object:
    """Return two sizes that could multiply, each half of the room: long keys above many members, or deep ones."""
    leaf, depth = chance.choice(("0", '""', "[]", "{}", "null")), chance.choice((0, 1, 1, 2, 10, 60))
    room = largest // 2 if depth else largest * 9 // 10
    value: object = json.loads(Layer(largest, chance.choice((None, 6))).around(leaf, room))
    for _ in range(depth):
        value = {"k" * chance.choice((largest // 2 // depth, min(250, largest // 2 // depth))): value}
    return value
