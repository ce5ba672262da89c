"""The pg8000 dialect with one change: a session that the server has ended is replaced, whatever the driver raises."""

import struct
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql.pg8000 import PGDialect_pg8000

from owlpost.db.connect import briefly, network_errors

if TYPE_CHECKING:
    from sqlalchemy.engine.interfaces import DBAPIConnection, DBAPICursor

DRIVER = "owlpost"


class Dialect(PGDialect_pg8000):
    """A connection that is reset while pg8000 waits raises OSError, which SQLAlchemy does not take for a database error.

    Raise the driver's own error instead, so that the connection is dropped and the work is tried again.
    """

    supports_statement_cache = True

    def do_execute(self, cursor: "DBAPICursor", statement: str, parameters: Any, context: Any = None) -> None:
        """Execute a statement. A parameter that cannot be encoded raises as it does in the driver, and costs the connection."""
        try:
            with network_errors(self):
                cursor.execute(statement, parameters)
        except (ValueError, TypeError, ArithmeticError, struct.error) as error:
            # The driver has written half of a message: whoever got this connection next would get the answers of others.
            if context is not None:
                context.root_connection.invalidate(error)
            raise

    def do_commit(self, dbapi_connection: "DBAPIConnection") -> None:
        with network_errors(self):
            dbapi_connection.commit()

    def do_rollback(self, dbapi_connection: "DBAPIConnection") -> None:
        with network_errors(self):
            dbapi_connection.rollback()

    def do_ping(self, dbapi_connection: "DBAPIConnection") -> bool:
        """Return whether the connection still works. Silence for as long as a connect may take is a no."""
        try:
            with briefly(dbapi_connection._usock):  # noqa: SLF001 (the driver has no other way to its socket)
                return super().do_ping(dbapi_connection)
        except (OSError, self.loaded_dbapi.Error):
            return False

    def do_terminate(self, dbapi_connection: "DBAPIConnection") -> None:
        """Close quietly: saying goodbye to a server that is gone fails, and would log an error each time a sandbox thaws."""
        with suppress(OSError, self.loaded_dbapi.Error):
            dbapi_connection.close()


def register() -> str:
    """Register the dialect in this process and return its name in a URL."""
    registry.register(f"postgresql.{DRIVER}", __name__, Dialect.__name__)
    return f"postgresql+{DRIVER}"
