"""Queries of the inbox but for its pages, each filtered by the person. Acts on several are in `inbox_acts`."""

from uuid import UUID

from sqlalchemy import Connection, text

from owlpost.db import rows
from owlpost.db.people.inbox_page import COLUMNS, NARROWED, PROJECT, UNREAD, narrowing
from owlpost.db.texts import entering
from owlpost.db.unread import COUNTED_TO, count_of
from owlpost.domain.cursors import Snapshot
from owlpost.domain.inbox import Chosen, Entry, Marked, Opened

#: See `_APPEARED_BY_THEN`.
MOST_OVERLAP = "1 hour"

UNREAD_COUNT = text(f"select {count_of(UNREAD)}")

#: One notification with its deliveries, also if it was only pushed and is not in the inbox.
FIND_NOTIFICATION = text(f"""
    select {COLUMNS}, {PROJECT}, n.data, (
      select coalesce(jsonb_agg(jsonb_build_object(
        'channel', d.channel, 'status', d.status, 'reason', d.error, 'attempted_at', d.attempted_at
      ) order by d.channel), '[]')
      from notification_deliveries d where d.notification_id = n.id
    ) as deliveries
    from notifications n
    where n.id = :id and n.user_id = :user_id and n.deleted_at is null
""")

#: A row that is already read keeps its time; one that is done and not read after all is back. The statement counts the other
#: rows as they are, and this row as it is now.
_SET_READ = f"""
    with n as (
      update notifications n
      set read_at = case when :read then coalesce(n.read_at, now()) end,
          in_app = n.in_app or (not :read and n.done_at is not null), done_at = case when :read then n.done_at end
      where n.id = :id and n.user_id = :user_id and n.deleted_at is null
      returning n.*
    )%s
    select {COLUMNS}, {PROJECT}, least({COUNTED_TO}, {count_of(UNREAD + " and n.id <> :id")}
      + case when n.in_app and n.read_at is null and n.created_at <= now() then 1 else 0 end) as unread_count
    from n
"""
SET_READ = text(_SET_READ % "")
SET_UNREAD = text(_SET_READ % f", entered as ({entering('n')})")

#: The rows that the snapshot of a list held: a row that was committed later is not among them, whatever its created_at. A
#: row without a transaction is older than the column. One from a transaction yet to come was restored from another server.
#: A row that came due or back since was committed before, so the time of the list bounds it as well.
_SEEN = """
    (cast(:seen as pg_snapshot) is null or n.appeared is null
     or n.appeared >= pg_snapshot_xmax(pg_current_snapshot())
     or pg_visible_in_snapshot(n.appeared, cast(:seen as pg_snapshot)))
    and (cast(:seen_at as timestamptz) is null or n.created_at <= :seen_at)
"""

#: Without the snapshot of a list, `up_to` stands for it: a row whose transaction began to write after that of `up_to` is not
#: marked, though its time is earlier. Two things cannot be told so. A row that was still being written when the list was shown,
#: by a transaction that began before, is marked. And a row that is older by more than MOST_OVERLAP counts as seen: no
#: transaction of ours takes that long, but rows of another system may be imported later.
_APPEARED_BY_THEN = f"""
    (cast(:up_to as uuid) is null or cast(:seen as text) is not null
     or n.appeared >= pg_snapshot_xmax(pg_current_snapshot())
     or (n.appeared > (select p.appeared from pivot p)) is not true
     or n.created_at < (select p.created_at from pivot p) - interval '{MOST_OVERLAP}')
"""

#: The unread rows that `up_to`, `seen` and what the list is narrowed to select; all of them where none is given.
_SELECTED = f"""
    {NARROWED}
    and (cast(:up_to as uuid) is null or (n.created_at, n.id) <= (select p.created_at, p.id from pivot p))
    and {_SEEN} and {_APPEARED_BY_THEN}
"""

#: The statement sees the rows as they were before it: the rows that were not selected remain unread. `up_to` is a place in the
#: list: it holds for a row that was deleted in another tab, too.
MARK_ALL = text(f"""
    with pivot as materialized (
      select n.created_at, n.id, n.appeared from notifications n
      where n.id = cast(:up_to as uuid) and n.user_id = :user_id
    ),
    marked as (
      update notifications n set read_at = now() where {UNREAD} and {_SELECTED} returning n.id
    )
    select (select count(*) from marked) as marked, exists (select from pivot) as pivot_found, now() as at,
           {count_of(f"{UNREAD} and ({_SELECTED}) is not true")} as unread_count
""")

DELETE_NOTIFICATION = text(f"""
    with gone as (
      update notifications n set deleted_at = now()
      where n.id = :id and n.user_id = :user_id and n.deleted_at is null
      returning n.id
    )
    select gone.id, {count_of(UNREAD + " and n.id <> :id")} as unread_count from gone
""")


def unread_count(connection: Connection, user_id: UUID) -> int:
    count: int = connection.execute(UNREAD_COUNT, {"user_id": user_id}).scalar_one()
    return count


def find(connection: Connection, user_id: UUID, id_: UUID) -> Opened | None:
    row = connection.execute(FIND_NOTIFICATION, {"user_id": user_id, "id": id_}).one_or_none()
    return Opened(rows.value(Entry, row), row.data, row.deliveries) if row else None


def set_read(connection: Connection, user_id: UUID, id_: UUID, *, read: bool) -> tuple[Entry, int] | None:
    """Return the changed entry and the unread count; None if there is no such notification."""
    row = connection.execute(
        SET_READ if read else SET_UNREAD, {"user_id": user_id, "id": id_, "read": read}
    ).one_or_none()
    return (rows.value(Entry, row), row.unread_count) if row else None


def mark_all(
    connection: Connection, user_id: UUID, *, chosen: Chosen, up_to: UUID | None, seen: Snapshot | None
) -> Marked:
    """Mark the unread rows that are chosen, up to a row's place, and within the snapshot; each only where it is given."""
    values = {
        "user_id": user_id,
        **narrowing(chosen),
        "up_to": up_to,
        "seen": seen.rows if seen else None,
        "seen_at": seen.at if seen else None,
    }
    return rows.value(Marked, connection.execute(MARK_ALL, values).one())


def delete(connection: Connection, user_id: UUID, id_: UUID) -> int | None:
    """Return the unread count after the deletion; None if there was nothing to delete."""
    row = connection.execute(DELETE_NOTIFICATION, {"user_id": user_id, "id": id_}).one_or_none()
    return row.unread_count if row else None
