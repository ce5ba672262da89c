"""A row becomes a value by the names of its columns."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from sqlalchemy import Connection, create_engine, text

from owlpost.db import rows


@dataclass(frozen=True, slots=True)
class Owl:
    name: str
    age: int


ASKED = text("select 2 as age, 'Ada' as name, 'not asked for' as diet union all select 3, 'Bo', null order by age")


@pytest.fixture
def connection() -> Iterator[Connection]:
    """Any database will do. Python 3.13 reports a connection that its pool leaves open."""
    engine = create_engine("sqlite://")
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def test_columns_are_found_by_name_and_others_are_left_out(connection: Connection) -> None:
    found = connection.execute(ASKED).all()
    assert rows.values(Owl, found) == [Owl("Ada", 2), Owl("Bo", 3)]
    assert rows.optional(Owl, found[0]) == Owl("Ada", 2)
    assert rows.optional(Owl, None) is None


def test_a_missing_column_is_named(connection: Connection) -> None:
    found = connection.execute(text("select 'Ada' as name")).one()
    with pytest.raises(AttributeError, match="age"):
        rows.value(Owl, found)
