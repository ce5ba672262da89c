"""Sessions that were ended before their tokens expired."""

from datetime import datetime

from sqlalchemy import Connection, text

#: Also deletes rows whose tokens have expired anyway, so the table holds at most a year of sign-outs.
END_SESSION = text("""
    with expired as (
      delete from ended_sessions where expires_at < :now
    )
    insert into ended_sessions (id, expires_at) values (:id, :expires_at)
    on conflict (id) do nothing
""")


def end(connection: Connection, session_id: str, *, expires_at: datetime, now: datetime) -> None:
    """End a session with all its tokens; `expires_at` is when the last of them would expire."""
    connection.execute(END_SESSION, {"id": session_id, "expires_at": expires_at, "now": now})
