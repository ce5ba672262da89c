"""How often each person has written in the current window."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import Connection, text

#: One statement, so that simultaneous writes of a person are all counted. The database's clock alone ends a window.
COUNT_WRITE = text("""
    insert into person_writes as known (user_id, writes) values (:user_id, 1)
    on conflict (user_id) do update
    set writes = case when known.window_began > now() - cast(:window as interval) then known.writes + 1 else 1 end,
        window_began = case when known.window_began > now() - cast(:window as interval) then known.window_began else now() end
    returning writes, extract(epoch from window_began + cast(:window as interval) - now()) as seconds_left
""")


def count_write(connection: Connection, user_id: UUID, *, window: timedelta) -> tuple[int, float]:
    """Count one write. Return the writes of this person in the current window, and the seconds until it ends."""
    row = connection.execute(COUNT_WRITE, {"user_id": user_id, "window": window}).one()
    return row.writes, float(row.seconds_left)
