"""Sessions that were ended before their tokens expired."""

from datetime import datetime

from sqlalchemy import Connection, text

#: What has expired by itself is forgotten on the way, so the table holds no more than a year's sign-outs.
END = text("""
    with expired as (
      delete from ended_sessions where expires_at < :now
    )
    insert into ended_sessions (id, expires_at) values (:id, :expires_at)
    on conflict (id) do nothing
""")


def end(connection: Connection, session_id: str, *, expires_at: datetime, now: datetime) -> None:
    """No token of this session signs anybody in any more; `expires_at` is when the last of them expires."""
    connection.execute(END, {"id": session_id, "expires_at": expires_at, "now": now})
