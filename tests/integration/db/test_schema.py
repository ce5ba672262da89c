"""The models equal the schema that the migrations make: both are made, and Postgres' own catalogue says whether they differ."""

import re
from collections.abc import Iterator
from importlib import resources
from typing import TypeAlias

import pytest
from sqlalchemy import text

from infra.local.postgres.server import Postgres
from owlpost.db.host_models import HOST_TABLES
from owlpost.db.models import metadata
from owlpost.db.session import Database, DatabaseAddress

#: What a table has, by name, as Postgres spells it.
Catalogue: TypeAlias = dict[str, str]

COLUMNS = text("""
    select c.relname || '.' || a.attname as name,
           format_type(a.atttypid, a.atttypmod) || case when a.attnotnull then ' not null' else '' end
             || coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), '') as definition
    from pg_attribute a
    join pg_class c on c.oid = a.attrelid and c.relkind = 'r' and c.relnamespace = 'public'::regnamespace
    left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
    where a.attnum > 0 and not a.attisdropped
""")
INDEXES = text("select indexname as name, indexdef as definition from pg_indexes where schemaname = 'public'")
CONSTRAINTS = text("""
    select conrelid::regclass || '.' || conname as name, pg_get_constraintdef(oid) as definition
    from pg_constraint
    where connamespace = 'public'::regnamespace and contype in ('p', 'u', 'f', 'c')
""")


def catalogue(database: Database) -> Catalogue:
    with database.transaction() as connection:
        connection.execute(text("drop table if exists owlpost_migrations"))
        return {
            row.name: row.definition for query in (COLUMNS, INDEXES, CONSTRAINTS) for row in connection.execute(query)
        }


@pytest.fixture
def from_models(postgres: Postgres) -> Iterator[Database]:
    """A database with what the models say, and the function that makes ids."""
    postgres.create_database("from_models", template="template_owlpost")
    database = Database.at(DatabaseAddress(postgres.host, postgres.port, "from_models", postgres.user))
    with database.transaction() as connection:
        connection.execute(text("drop table " + ", ".join(metadata.tables) + " cascade"))
        metadata.create_all(connection)
    yield database
    database.close()
    postgres.drop_database("from_models")


@pytest.mark.own_database
def test_the_models_equal_what_the_migrations_make(database: Database, from_models: Database) -> None:
    assert catalogue(from_models) == catalogue(database)


def test_the_models_say_which_tables_are_the_hosts() -> None:
    files = resources.files("owlpost.db.migrations")
    made = re.findall(r"create table if not exists (\w+)", (files / "0001_host_tables.sql").read_text())
    assert set(made) == HOST_TABLES


def test_no_foreign_key_leaves_for_a_host_table() -> None:
    for table in metadata.tables.values():
        targets = {key.column.table.name for key in table.foreign_keys}
        assert table.name in HOST_TABLES or targets.isdisjoint(HOST_TABLES)


def test_every_foreign_key_of_ours_has_an_index_that_finds_its_rows(database: Database) -> None:
    """Without one, a cascade reads the whole table for each row that goes."""
    with database.transaction() as connection:
        bare = connection.execute(
            text("""
                select cast(f.conrelid::regclass as text) as table_name
                from pg_constraint f
                where f.contype = 'f' and f.connamespace = 'public'::regnamespace and not exists (
                  select from pg_index i where i.indrelid = f.conrelid and i.indkey[0] = f.conkey[1] and i.indpred is null
                )
            """)
        ).scalars()
        assert set(bare) <= HOST_TABLES
