"""pg8000 as we need it: a session that the server has ended is replaced, whatever the driver makes of it, and without ado."""

from contextlib import suppress
from typing import TYPE_CHECKING

from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql.pg8000 import PGDialect_pg8000

if TYPE_CHECKING:
    from sqlalchemy.engine.interfaces import DBAPIConnection

DRIVER = "owlpost"


class Dialect(PGDialect_pg8000):
    """A connection that was reset raises OSError from within pg8000, which SQLAlchemy takes for no answer to a ping."""

    supports_statement_cache = True

    def do_ping(self, dbapi_connection: "DBAPIConnection") -> bool:
        try:
            return super().do_ping(dbapi_connection)
        except (OSError, self.loaded_dbapi.Error):
            return False

    def do_terminate(self, dbapi_connection: "DBAPIConnection") -> None:
        """Taking leave of a server that has gone fails, and would be logged as an error each time a sandbox thaws."""
        with suppress(OSError, self.loaded_dbapi.Error):
            dbapi_connection.close()


def register() -> str:
    """Make the dialect known in this process; answer its name in a URL."""
    registry.register(f"postgresql.{DRIVER}", __name__, Dialect.__name__)
    return f"postgresql+{DRIVER}"
