"""Write `schema.sql` from what the migrations make in an empty database."""

from infra.local.postgres.server import throwaway_postgres
from owlpost.db.migrate import migrate
from owlpost.db.session import Database, DatabaseAddress
from tests.integration.db.catalog import SCHEMA_FILE, describe


def main() -> None:
    with throwaway_postgres() as server:
        server.create_database("schema")
        database = Database.at(DatabaseAddress(host=server.host, port=server.port, name="schema", user=server.user))
        migrate(database)
        with database.transaction() as connection:
            SCHEMA_FILE.write_text(describe(connection), encoding="utf-8")
        database.close()


if __name__ == "__main__":
    main()
