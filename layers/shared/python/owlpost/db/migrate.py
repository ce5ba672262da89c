"""Brings a database to the schema that this code needs: the numbered files in `migrations/`, in order, once each."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from importlib import resources
from typing import LiteralString

from sqlalchemy import Connection, text

from owlpost.db.session import Database
from owlpost.domain.errors import Misconfigured
from owlpost.observability import logger

#: Any fixed number that nothing else locks on: two migrations at once wait for each other.
ADVISORY_LOCK = 0x6F776C706F7374
#: A migration that waits longer for a table would stop everyone who queues behind it.
LOCK_TIMEOUT: LiteralString = "5s"
STATEMENT_TIMEOUT: LiteralString = "9min"


@dataclass(frozen=True)
class Migration:
    number: int
    name: str
    sql: str

    @cached_property
    def checksum(self) -> str:
        return hashlib.sha256(self.sql.encode()).hexdigest()


def migrations() -> Iterator[Migration]:
    """The files by number; raises Misconfigured for a gap or a number used twice."""
    files = sorted(
        file.name for file in resources.files("owlpost.db.migrations").iterdir() if file.name.endswith(".sql")
    )
    for expected, name in enumerate(files, start=1):
        number = int(name.split("_", 1)[0])
        if number != expected:
            raise Misconfigured(f"migration {name} should have number {expected:04}")
        yield Migration(number, name, (resources.files("owlpost.db.migrations") / name).read_text(encoding="utf-8"))


def migrate(database: Database) -> list[str]:
    """Run what has not run yet, each file in a transaction of its own; answer the names of those that ran.

    Raises Misconfigured where a file that has run was changed since.
    """
    with database.transaction() as connection:
        _take_turn(connection)
        connection.execute(
            text(
                "create table if not exists owlpost_migrations"
                " (number integer primary key, name text not null, checksum text not null,"
                " applied_at timestamptz not null default now())"
            )
        )
    return [migration.name for migration in migrations() if _apply(database, migration)]


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
