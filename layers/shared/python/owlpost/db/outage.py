"""Tell a database that is away for a moment from a fault of our own."""

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

#: SQLSTATE classes: connection, rolled back (a deadlock), resources used up, operator intervention (shutdown, start, timeout).
#: And a lock that was not to be had in time.
AWAY = ("08", "40", "53", "55P03", "57")
#: Of these, those that say nothing of the server: its work on one statement was in the way.
OF_ONE_STATEMENT = ("40", "55P03", "57014")

#: The SQLSTATE of a server that takes no session now, and what it says while it starts.
CANNOT_CONNECT_NOW = "57P03"
STARTING = "starting up"

PING = text("select 1")


def is_outage(error: Exception) -> bool:
    """Return whether the database could not be reached or did not answer in time: then trying again makes sense."""
    if isinstance(error, PoolTimeout):
        return True
    if not isinstance(error, DBAPIError):
        return False
    return error.connection_invalidated or _is_away(error.orig)


def is_unreachable(error: Exception) -> bool:
    """Return whether the database does not serve anybody now: then other work would only wait in vain as well."""
    state = _state(error.orig) if isinstance(error, DBAPIError) else None
    return is_outage(error) and not (state and state.startswith(OF_ONE_STATEMENT))


def is_starting(error: Exception) -> bool:
    """Return whether the server is about to serve: Postgres says that it starts, or takes a connect and does not answer yet.

    A cluster that resumes does the latter.
    """
    if not isinstance(error, DBAPIError) or error.statement is not None or not error.orig:
        return False
    said = error.orig.args[0] if error.orig.args else None
    if isinstance(said, dict):
        return said.get("C") == CANNOT_CONNECT_NOW and STARTING in str(said.get("M", ""))
    return isinstance(error.orig.__cause__, TimeoutError)


def _is_away(cause: BaseException | None) -> bool:
    """Return whether this driver error means an outage."""
    state = _state(cause)
    return state is None or state.startswith(AWAY)


def _state(cause: BaseException | None) -> str | None:
    """Return the SQLSTATE of a driver error; None for a broken connection.

    pg8000 gives the server's message as a dict with the SQLSTATE under C, and a plain text for a broken connection.
    """
    said = cause.args[0] if cause and cause.args else None
    return str(said.get("C", "")) if isinstance(said, dict) else None


def ping(connection: Connection) -> None:
    """Raises DBAPIError if the database does not answer."""
    connection.execute(PING)
