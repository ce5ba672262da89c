"""A dialect of SQLAlchemy for statements that are written as text, over pg8000.

It knows nothing of Postgres' types, reflection and DDL, which no text needs: `sqlalchemy.dialects.postgresql` takes a sixth of
what a function of nothing but its libraries takes to start, as it brings the dialects of every driver along. And it asks a new
session nothing, where that one asks for the version, the schema, the isolation level and how strings are written.

A session that the server has ended is replaced, whatever the driver raises. And the server is asked less: see `driver`.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import pg8000
from sqlalchemy.dialects import registry
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.sql.compiler import IdentifierPreparer

from owlpost.db.connect import briefly, network_errors

if TYPE_CHECKING:
    from sqlalchemy.engine.interfaces import DBAPIConnection, DBAPICursor, IsolationLevel

DRIVER = "owlpost"


class _Preparer(IdentifierPreparer):
    """Leaves the percent signs of a statement alone: the driver takes `%s` for a value and any other as it is."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._double_percents = False


class Dialect(DefaultDialect):
    """A connection that is reset while pg8000 waits raises OSError, which SQLAlchemy does not take for a database error.

    Raise the driver's own error instead, so that the connection is dropped and the work is tried again.
    """

    name = "postgresql"
    driver = DRIVER
    supports_statement_cache = True
    preparer = _Preparer
    max_identifier_length = 63
    #: An empty statement: the least that a server answers.
    _dialect_specific_select_one = ";"
    #: Stands for the request in which a connection that has answered is not asked again whether it is there.
    request: object = None

    @classmethod
    def import_dbapi(cls) -> Any:
        return pg8000

    def is_disconnect(self, e: Exception, connection: Any, cursor: Any) -> bool:  # noqa: ARG002 (the base class names them)
        """Return whether the session is gone, by what the driver says of it."""
        is_network = isinstance(e, self.loaded_dbapi.InterfaceError) and "network error" in str(e)
        return is_network or "connection is closed" in str(e)

    def get_isolation_level_values(self, dbapi_conn: "DBAPIConnection") -> list["IsolationLevel"]:  # noqa: ARG002 (as above)
        return ["AUTOCOMMIT"]

    def set_isolation_level(self, dbapi_connection: "DBAPIConnection", level: "IsolationLevel") -> None:  # noqa: ARG002 (as above)
        """Have each statement stand alone; it is the only other way."""
        dbapi_connection.autocommit = True

    def do_execute(
        self,
        cursor: "DBAPICursor",
        statement: str,
        parameters: Any,
        context: Any = None,  # noqa: ARG002 (the base class names it)
    ) -> None:
        """Execute a statement. A parameter that has no text raises before anything is written."""
        with network_errors(self):
            cursor.execute(statement, parameters)

    def do_commit(self, dbapi_connection: "DBAPIConnection") -> None:
        with network_errors(self):
            dbapi_connection.commit()

    def do_rollback(self, dbapi_connection: "DBAPIConnection") -> None:
        with network_errors(self):
            dbapi_connection.rollback()

    def do_ping(self, dbapi_connection: "DBAPIConnection") -> bool:
        """Return whether the connection still works. Silence for as long as a connect may take is a no."""
        if self.request is not None and dbapi_connection.there_in is self.request:
            return True
        try:
            with briefly(dbapi_connection._usock), statement_by_statement(dbapi_connection):  # noqa: SLF001 (the only way to its socket)
                dbapi_connection.there_in = self.request
                return super().do_ping(dbapi_connection)
        except (OSError, self.loaded_dbapi.Error):
            dbapi_connection.there_in = None
            return False

    def reset_isolation_level(self, dbapi_conn: "DBAPIConnection") -> None:
        """Return from autocommit. The server was never told of it."""
        dbapi_conn.autocommit = False

    def do_terminate(self, dbapi_connection: "DBAPIConnection") -> None:
        """Close quietly: saying goodbye to a server that is gone fails, and would log an error each time a sandbox thaws."""
        with suppress(OSError, self.loaded_dbapi.Error):
            dbapi_connection.close()


@contextmanager
def statement_by_statement(dbapi_connection: "DBAPIConnection") -> Iterator[None]:
    """Begin no transaction."""
    dbapi_connection.autocommit = True
    try:
        yield
    finally:
        dbapi_connection.autocommit = False


def register() -> str:
    """Register the dialect in this process and return its name in a URL."""
    registry.register(f"postgresql.{DRIVER}", __name__, Dialect.__name__)
    return f"postgresql+{DRIVER}"
