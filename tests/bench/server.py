"""A throwaway Postgres with the real migrations, and a database per row of the bench."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from infra.local.postgres.server import Postgres
from owlpost.db.migrate import migrate
from owlpost.db.session import Database, DatabaseAddress
from tests.bench.psql import Psql

GROWING = ("notifications", "notification_deliveries", "notification_requests")


@dataclass(frozen=True, slots=True)
class Bench:
    """`database` is our connection, `psql` the floor's."""

    postgres: Postgres
    name: str
    database: Database
    psql: Psql

    def run(self, statement: str) -> None:
        """Run a statement in its own transaction without a time limit, to prepare or to tidy up."""
        with self.postgres.connect(self.name) as connection:
            connection.run(statement)

    def settle(self) -> None:
        """Vacuum now. Autovacuum is off during the bench, because it would start at any moment."""
        self.run("vacuum (analyze)")
        self.run("checkpoint")


@contextmanager
def bench_database(postgres: Postgres, name: str) -> Iterator[Bench]:
    postgres.create_database(name)
    database = Database.at(DatabaseAddress(postgres.host, postgres.port, name, postgres.user))
    try:
        migrate(database)
        with Psql(postgres.uri(name)) as psql:
            bench = Bench(postgres, name, database, psql)
            for table in GROWING:
                bench.run(f"alter table {table} set (autovacuum_enabled = false)")
            yield bench
    finally:
        database.close()
        postgres.drop_database(name)
