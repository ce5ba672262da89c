"""The schema that the migrations make, against `schema.sql`: a change of the schema is seen in the diff of that file.

`python -m tests.integration.db.write_schema` writes it anew from Postgres' own catalog.
"""

import re
from importlib import resources
from uuid import RFC_4122

import pytest
from sqlalchemy import text

from owlpost.db.session import Database
from tests.integration.db.catalog import SCHEMA_FILE, describe

#: The tables of the host product: created only if they are missing, and never altered.
HOST_TABLES = {"users", "teams", "team_members", "projects", "apps", "issues"}

FOREIGN_KEYS = text("""
    select cast(conrelid::regclass as text) as table_name, cast(confrelid::regclass as text) as target
    from pg_constraint
    where contype = 'f' and connamespace = 'public'::regnamespace
""")
#: Without an index, a cascade reads the whole table for each row that is deleted.
FOREIGN_KEYS_WITHOUT_INDEX = text("""
    select cast(f.conrelid::regclass as text) as table_name
    from pg_constraint f
    where f.contype = 'f' and f.connamespace = 'public'::regnamespace and not exists (
      select from pg_index i where i.indrelid = f.conrelid and i.indkey[0] = f.conkey[1] and i.indpred is null
    )
""")


@pytest.mark.own_database
def test_the_migrations_make_the_schema_of_the_golden_file(database: Database) -> None:
    with database.transaction() as connection:
        assert describe(connection) == SCHEMA_FILE.read_text(encoding="utf-8"), "write_schema writes it anew"


def test_ids_are_of_version_seven_and_bear_their_time_on_every_major(database: Database) -> None:
    with database.transaction() as connection:
        made = connection.execute(text("select owlpost_uuid7() as id, clock_timestamp() as at")).one()
    assert (made.id.version, made.id.variant) == (7, RFC_4122)
    assert abs((made.id.int >> 80) / 1000 - made.at.timestamp()) < 60


def test_ids_are_in_the_order_in_which_they_were_made_on_every_major(database: Database) -> None:
    with database.transaction() as connection:
        made = [connection.execute(text("select owlpost_uuid7()")).scalar_one() for _ in range(300)]
    assert made == sorted(made)


def test_the_first_migration_makes_the_hosts_tables_and_no_others() -> None:
    files = resources.files("owlpost.db.migrations")
    made = re.findall(r"create table if not exists (\w+)", (files / "0001_host_tables.sql").read_text())
    assert set(made) == HOST_TABLES


def test_no_foreign_key_leads_from_our_tables_to_a_table_of_the_host(database: Database) -> None:
    with database.transaction() as connection:
        keys = connection.execute(FOREIGN_KEYS).all()
    assert keys
    assert [key for key in keys if key.target in HOST_TABLES and key.table_name not in HOST_TABLES] == []


def test_every_foreign_key_of_ours_has_an_index_that_finds_its_rows(database: Database) -> None:
    with database.transaction() as connection:
        assert set(connection.execute(FOREIGN_KEYS_WITHOUT_INDEX).scalars()) <= HOST_TABLES
