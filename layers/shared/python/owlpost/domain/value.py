"""`dataclass` as the standard library's, with a third of what a frozen one costs at import.

The standard one writes and compiles six functions for each frozen class: with some 140 classes that is two thirds of what a
function of nothing but its libraries takes to start. Here a frozen class gets its constructor alone. Equality, hash and repr
are the same functions for all. That nothing is assigned to a frozen instance is for the type checker to hold, which sees the
standard decorator: at run time nothing refuses it.
"""

import dataclasses
from collections.abc import Callable
from operator import attrgetter
from typing import TYPE_CHECKING, Any, cast

__all__ = ["dataclass"]

if TYPE_CHECKING:
    from dataclasses import dataclass
else:

    def dataclass(
        described: type | None = None, /, *, frozen: bool = False, **options: bool
    ) -> type | Callable[[type], type]:
        """Make a dataclass of the decorated class. One that is not frozen is made by the standard library alone."""
        if not frozen:
            return dataclasses.dataclass(described, **options)
        make = dataclasses.dataclass(eq=False, repr=False, **options)
        return lambda frozen_class: _as_value(make(frozen_class))


def _as_value(made: Any) -> type:
    """Add what the class has not said itself, as the standard decorator does."""
    compared = [field.name for field in dataclasses.fields(made) if field.compare]
    made.__compared__ = attrgetter(*compared) if compared else _nothing
    said = vars(made)
    for name, shared in _SHARED.items():
        if said.get(name) is None:  # a class with an equality of its own has None for its hash
            setattr(made, name, shared)
    return cast("type", made)


def _nothing(_: object) -> tuple[()]:
    return ()


def _equal(self: Any, other: Any) -> Any:
    compared = self.__class__.__compared__
    return compared(self) == compared(other) if other.__class__ is self.__class__ else NotImplemented


def _hash(self: Any) -> int:
    return hash(self.__class__.__compared__(self))


def _shown(self: Any) -> str:
    shown = (f"{field.name}={getattr(self, field.name)!r}" for field in dataclasses.fields(self) if field.repr)
    return f"{self.__class__.__qualname__}({', '.join(shown)})"


_SHARED = {"__eq__": _equal, "__hash__": _hash, "__repr__": _shown}
