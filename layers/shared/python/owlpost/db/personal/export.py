"""Read all rows about a person, table by table, as many as one answer holds."""

from typing import Any

from sqlalchemy import Connection, text

from owlpost.db.personal.erasure import About
from owlpost.db.personal.tables import PERSONAL, PersonalTable
from owlpost.domain.value import dataclass

#: Rows of one table in one answer.
MOST_ROWS = 500
#: Characters of rows in one answer. JSON may write a character in six bytes, and Lambda carries 6 MB.
ROOM = 900_000
#: In place of what opens a door.
BLANK = "(not exported)"


@dataclass(frozen=True, slots=True)
class Place:
    """Where an export goes on: in this table, after the row with this key; from its first row if the key is empty."""

    table: str
    key: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """Rows by table, and where the export goes on; None at its end."""

    tables: dict[str, list[dict[str, Any]]]
    next: Place | None


def page(connection: Connection, people: About, begin: Place) -> Page:
    """Return the rows from this place on. At least one row is in each page but an empty last one."""
    names = [table.name for table in PERSONAL]
    tables: dict[str, list[dict[str, Any]]] = {}
    room, key = ROOM, begin.key
    for table in PERSONAL[names.index(begin.table) :]:
        values = {**people.values, "after": key, "room": room, "limit": MOST_ROWS}
        found = connection.execute(text(_rows(table)), values).all()
        if found:
            tables[table.name] = [row.shown for row in found]
            room -= sum(row.size for row in found)
            key = found[-1].key
        if room <= 0 or len(found) == MOST_ROWS or _are_left(connection, table, people, key):
            return Page(tables, Place(table.name, key))
        key = ""
    return Page(tables, None)


def _are_left(connection: Connection, table: PersonalTable, people: About, key: str) -> bool:
    statement = f"select exists (select from {table.name} t where {table.about} and {_key(table)} > :after)"
    return bool(connection.execute(text(statement), {**people.values, "after": key}).scalar_one())


def _key(table: PersonalTable) -> str:
    return f'cast({table.key} as text) collate "C"'


def _rows(table: PersonalTable) -> str:
    """Return the statement for the rows after a key: the first of them, and the next ones as far as there is room."""
    columns = ", ".join(
        [
            *(f"'{name}', t.{name}" for name in table.shown),
            *(f"'{name}', case when t.{name} is not null then '{BLANK}' end" for name in table.secret),
        ]
    )
    return f"""
    select key, shown, size from (
      select key, shown, length(cast(shown as text)) as size,
             sum(length(cast(shown as text))) over (order by key) as total, row_number() over (order by key) as place
      from (
        select {_key(table)} as key, jsonb_build_object({columns}) as shown
        from {table.name} t
        where {table.about} and {_key(table)} > :after
        order by key
        limit :limit
      ) listed
    ) measured
    where total <= :room or place = 1
    order by key
    """
