"""Whether a session waits for the lock of a row that another one holds."""

from sqlalchemy import Connection, text


def waits_for_a_lock(connection: Connection) -> bool:
    """What a session waits for is read as it is now, also within a transaction."""
    statement = text("select exists (select from pg_stat_activity where wait_event_type = 'Lock')")
    return bool(connection.execute(statement).scalar_one())
