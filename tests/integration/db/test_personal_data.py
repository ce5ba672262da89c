"""Every column of every table is either exported and erased, or named as one that tells of nobody, with the reason."""

import pytest
from sqlalchemy import Connection, text

from owlpost.db.personal.nobody import NOBODY
from owlpost.db.personal.tables import PERSONAL
from owlpost.db.session import Database
from tests.integration.db.catalog import OMITTED

COLUMNS = text("""
    select cast(c.relname as text) as table_name, cast(a.attname as text) as name
    from pg_attribute a
    join pg_class c on c.oid = a.attrelid and c.relkind in ('r', 'p') and c.relnamespace = 'public'::regnamespace
    where a.attnum > 0 and not a.attisdropped and c.relname <> :omitted
""")


def unnamed(connection: Connection) -> set[tuple[str, str]]:
    """Return what the catalogue has and no list of ours, and the other way round."""
    there = {tuple(row) for row in connection.execute(COLUMNS, {"omitted": OMITTED})}
    listed = {(table.name, column) for table in PERSONAL for column in (*table.shown, *table.secret)}
    return there ^ (listed | {(table, column) for table, columns in NOBODY.items() for column in columns})


def test_each_column_is_exported_or_named_as_one_that_tells_of_nobody(database: Database) -> None:
    with database.transaction() as connection:
        assert unnamed(connection) == set(), "db/personal/tables.py or nobody.py must say what this column is"


@pytest.mark.own_database
@pytest.mark.parametrize(
    ("statement", "column"),
    [
        ("alter table user_devices add column nickname text", ("user_devices", "nickname")),
        ("alter table notification_requests add column asked_by text", ("notification_requests", "asked_by")),
        ("create table diaries (secret text)", ("diaries", "secret")),
    ],
)
def test_a_column_that_is_new_fails_until_somebody_says_what_it_is(
    database: Database, statement: str, column: tuple[str, str]
) -> None:
    with database.transaction() as connection:
        connection.execute(text(statement))
        assert unnamed(connection) == {column}


def test_no_column_is_in_two_lists_and_each_reason_says_something() -> None:
    names = [table.name for table in PERSONAL]
    assert len(names) == len(set(names))
    assert not set(names) & set(NOBODY)
    for columns in NOBODY.values():
        assert all(len(reason.split()) >= 3 for reason in columns.values())


def test_each_column_of_a_table_that_is_blanked_is_blanked_or_kept_for_a_reason() -> None:
    for table in PERSONAL:
        columns = {*table.shown, *table.secret}
        assert not set(table.shown) & set(table.secret)
        if table.blanked:
            assert {*table.blanked, *table.kept} == columns
            assert not set(table.blanked) & set(table.kept)
        else:
            assert not table.kept
