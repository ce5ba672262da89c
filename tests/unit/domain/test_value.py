"""A frozen class of ours behaves as the standard library's would, but for what only the type checker refuses."""

import dataclasses
from typing import Any

import pytest

from owlpost.domain import value


def classes(dataclass: Any) -> tuple[type, type, type]:
    """The same three classes, made by this decorator."""

    @dataclass(frozen=True, slots=True)
    class Point:
        across: int
        down: int = 0
        note: str = dataclasses.field(default="", compare=False)
        hidden: str = dataclasses.field(default="", repr=False)

    @dataclass(frozen=True, slots=True)
    class Nothing:
        """No field at all."""

    @dataclass(frozen=True)
    class Named(Point):
        name: str = "one"

        def __eq__(self, other: object) -> bool:
            return isinstance(other, Named) and other.name == self.name

        def __hash__(self) -> int:
            return hash(self.name)

        def __repr__(self) -> str:
            return self.name

    return Point, Nothing, Named


def answers(dataclass: Any) -> list[object]:
    point, nothing, named = classes(dataclass)
    one = point(1, 2, "said", "kept")
    return [
        repr(one).replace(point.__qualname__, "Point"),
        one == point(1, 2, "other", "kept"),
        one == point(1, 2, "said", "else"),
        one == named(1, 2, "said", "kept"),
        one == (1, 2, "kept"),
        hash(one) == hash(point(1, 2, "other", "kept")),
        len({one, point(1, 2), point(1, 2, "other", "kept")}),
        dataclasses.replace(one, down=3) == point(1, 3, "said", "kept"),
        dataclasses.asdict(one),
        [field.name for field in dataclasses.fields(one)],
        vars(point)["__match_args__"],
        hasattr(one, "__dict__"),
        nothing() == nothing(),
        nothing() == one,
        hash(nothing()) == hash(nothing()),
        named(1, name="x") == named(2, name="x"),
        len({named(1, name="x"), named(2, name="x")}),
        repr(named(1)),
    ]


def test_frozen_classes_compare_hash_and_show_as_the_standard_librarys() -> None:
    assert answers(value.dataclass) == answers(dataclasses.dataclass)


@pytest.mark.parametrize("make", [value.dataclass, value.dataclass()])
def test_a_class_that_is_not_frozen_is_made_by_the_standard_library(make: Any) -> None:
    class Plain:
        number: int

    counter: Any = make(Plain)
    assert counter(1) == counter(1)
    assert counter.__hash__ is None
    assert repr(counter(1)).endswith("Plain(number=1)")
    assert not hasattr(counter, "__compared__")
