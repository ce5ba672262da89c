"""Migrate a database to the schema that this code needs: the numbered files in `migrations/`, in order, once each."""

import hashlib
from collections.abc import Iterator
from functools import cached_property
from importlib import resources
from importlib.resources.abc import Traversable
from typing import LiteralString

from sqlalchemy import Connection, text

from owlpost.db.session import Database
from owlpost.domain.errors import Misconfigured
from owlpost.domain.value import dataclass
from owlpost.observability import logger

#: Any fixed number that nothing else locks on: two migrations at the same time run one after the other.
ADVISORY_LOCK = 0x6F776C706F7374
#: A migration that waits longer for a table would block everyone who waits behind it.
LOCK_TIMEOUT: LiteralString = "5s"
STATEMENT_TIMEOUT: LiteralString = "9min"


#: For those who may not see the list of migrations: see `db.operator.versions`.
NOTE_MIGRATION = text("""
    insert into schedule_runs (name, ran_at, detail) values ('migrate', now(), :name)
    on conflict (name) do update set ran_at = excluded.ran_at, detail = excluded.detail
""")


@dataclass(frozen=True)
class Migration:
    number: int
    name: str
    sql: str

    @cached_property
    def checksum(self) -> str:
        return hashlib.sha256(self.sql.encode()).hexdigest()


def migrations(folder: Traversable | None = None) -> Iterator[Migration]:
    """Yield the files of `folder`, else our own, by number. Raises Misconfigured for a gap or a number used twice."""
    files = (folder or resources.files("owlpost.db.migrations")).iterdir()
    numbered = sorted((file for file in files if file.name.endswith(".sql")), key=lambda file: file.name)
    for expected, file in enumerate(numbered, start=1):
        if file.name[:5] != f"{expected:04}_":
            raise Misconfigured(f"migration {file.name} should have number {expected:04}")
        yield Migration(expected, file.name, file.read_text(encoding="utf-8"))


def newest_migration() -> str:
    """Return the name of the newest migration that this code knows."""
    return [each.name for each in migrations()][-1]


def migrate(database: Database, folder: Traversable | None = None) -> list[str]:
    """Run the migrations that have not run yet, each in its own transaction. Return their names.

    Raises Misconfigured before anything runs if the numbers are wrong, and if a file was changed after it had run.
    """
    known = list(migrations(folder))
    with database.transaction() as connection:
        _take_turn(connection)
        connection.execute(
            text(
                "create table if not exists owlpost_migrations"
                " (number integer primary key, name text not null, checksum text not null,"
                " applied_at timestamptz not null default now())"
            )
        )
    applied = [migration.name for migration in known if _apply(database, migration)]
    if folder is None:
        with database.transaction() as connection:
            connection.execute(NOTE_MIGRATION, {"name": known[-1].name})
    return applied


def _take_turn(connection: Connection) -> None:
    connection.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": ADVISORY_LOCK})


def _apply(database: Database, migration: Migration) -> bool:
    with database.transaction() as connection:
        _take_turn(connection)
        applied = connection.execute(
            text("select checksum from owlpost_migrations where number = :number"), {"number": migration.number}
        ).scalar()
        if applied is not None:
            if applied != migration.checksum:
                raise Misconfigured(f"migration {migration.name} was changed after it had run")
            return False
        connection.execute(text(f"set local lock_timeout = '{LOCK_TIMEOUT}'"))
        connection.execute(text(f"set local statement_timeout = '{STATEMENT_TIMEOUT}'"))
        connection.exec_driver_sql(migration.sql)
        connection.execute(
            text("insert into owlpost_migrations (number, name, checksum) values (:number, :name, :checksum)"),
            {"number": migration.number, "name": migration.name, "checksum": migration.checksum},
        )
    logger().info("migrated", extra={"migration": migration.name})
    return True
