"""A row becomes a value by the names of its columns."""

from dataclasses import dataclass

import pytest
from sqlalchemy import create_engine, text

from owlpost.db import rows


@dataclass(frozen=True, slots=True)
class Owl:
    name: str
    age: int


ASKED = text("select 2 as age, 'Ada' as name, 'not asked for' as diet union all select 3, 'Bo', null order by age")


def test_columns_are_found_by_name_and_others_are_left_out() -> None:
    with create_engine("sqlite://").connect() as connection:
        found = connection.execute(ASKED).all()
    assert rows.values(Owl, found) == [Owl("Ada", 2), Owl("Bo", 3)]
    assert rows.optional(Owl, found[0]) == Owl("Ada", 2)
    assert rows.optional(Owl, None) is None


def test_a_missing_column_is_named() -> None:
    with create_engine("sqlite://").connect() as connection:
        found = connection.execute(text("select 'Ada' as name")).one()
    with pytest.raises(AttributeError, match="age"):
        rows.value(Owl, found)
