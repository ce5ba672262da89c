"""The schema of a database as SQL text, read from Postgres' own catalog: the same schema makes the same text."""

from itertools import groupby
from pathlib import Path

from sqlalchemy import Connection, text

SCHEMA_FILE = Path(__file__).with_name("schema.sql")
#: The migrations' own record is no part of the schema.
OMITTED = "owlpost_migrations"

#: A table's columns in their order, then its constraints by name.
DEFINITIONS = text("""
    select table_name, definition
    from (
      select cast(c.relname as text) as table_name, a.attnum as place, '' as name,
             a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
               || case when a.attnotnull then ' not null' else '' end
               || coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), '') as definition
      from pg_attribute a
      join pg_class c on c.oid = a.attrelid and c.relkind = 'r' and c.relnamespace = 'public'::regnamespace
      left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
      where a.attnum > 0 and not a.attisdropped
      union all
      select cast(c.relname as text), 10000, cast(k.conname as text),
             'constraint ' || k.conname || ' ' || pg_get_constraintdef(k.oid)
      from pg_constraint k
      join pg_class c on c.oid = k.conrelid
      where k.connamespace = 'public'::regnamespace and k.contype in ('p', 'u', 'f', 'c')
    ) part
    where table_name <> :omitted
    order by table_name collate "C", place, name collate "C"
""")
#: A constraint's own index is there with the constraint.
INDEXES = text("""
    select i.indexdef as definition
    from pg_indexes i
    where i.schemaname = 'public' and i.tablename <> :omitted
      and not exists (select from pg_constraint c where c.conname = i.indexname)
    order by i.tablename collate "C", i.indexname collate "C"
""")
#: Without the one of ids: its body is another one before Postgres 18. And without those of extensions.
FUNCTIONS = text("""
    select pg_get_functiondef(oid) as definition from pg_proc p
    where pronamespace = 'public'::regnamespace and proname <> 'owlpost_uuid7'
      and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e')
    order by proname collate "C"
""")


#: Postgres writes a function's schema where its bare name would mean another function: with the tests' own clock in the search
#: path, each `now()` would become `pg_catalog.now()`.
ONE_SEARCH_PATH = text("set local search_path = public")


def describe(connection: Connection) -> str:
    """Return tables with columns and constraints by name, then indexes, then functions.

    The text is the same whatever the search path of the session is.
    """
    connection.execute(ONE_SEARCH_PATH)
    values = {"omitted": OMITTED}
    definitions = connection.execute(DEFINITIONS, values).all()
    tables = [
        f"create table {name} (\n  " + ",\n  ".join(row.definition for row in rows) + "\n);"
        for name, rows in groupby(definitions, key=lambda row: str(row.table_name))
    ]
    indexes = [f"{row.definition};" for row in connection.execute(INDEXES, values)]
    functions = [f"{row.definition.rstrip()};" for row in connection.execute(FUNCTIONS)]
    return "\n\n".join([*tables, "\n".join(indexes), *functions]) + "\n"
