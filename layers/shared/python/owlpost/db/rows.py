"""The one way from a row to a value: the columns that a dataclass names, by name; other columns are left out."""

from collections.abc import Iterable
from dataclasses import fields
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypeVar

from sqlalchemy import Row

if TYPE_CHECKING:
    from dataclasses import Field


class Dataclass(Protocol):
    __dataclass_fields__: ClassVar[dict[str, "Field[Any]"]]


Value = TypeVar("Value", bound=Dataclass)


def value(kind: type[Value], row: Row[Any]) -> Value:
    """Return the row as a value of this dataclass. Raises AttributeError naming a column that is missing."""
    return kind(**{name: getattr(row, name) for name in _names(kind)})


def optional(kind: type[Value], row: Row[Any] | None) -> Value | None:
    """Return the row as a value, None where there is no row."""
    return None if row is None else value(kind, row)


def values(kind: type[Value], rows: Iterable[Row[Any]]) -> list[Value]:
    """Return all rows as values, in their order."""
    return [value(kind, row) for row in rows]


@cache
def _names(kind: type[Dataclass]) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))
