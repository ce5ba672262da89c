"""Queries of the inbox. Each page, count or change is one statement that filters by the person."""

from uuid import UUID

from sqlalchemy import Connection, TextClause, text

from owlpost.db import rows
from owlpost.db.unread import COUNTED_TO, count_of, inbox_of, unread_of
from owlpost.domain.cursors import Place
from owlpost.domain.inbox import EXCERPT, Entry, Listed, Marked, Opened, ReadState

#: See `_APPEARED_BY_THEN`.
MOST_OVERLAP = "1 hour"
_MINE = inbox_of(":user_id")
_UNREAD = unread_of(":user_id")
_COLUMNS = "n.id, n.type, n.title, n.body, n.link, n.team_id, n.read_at, n.created_at"
#: A list needs one character more than it shows, to know whether there is more.
_LISTED = _COLUMNS.replace("n.body", f"left(n.body, {EXCERPT + 1}) as body")
#: A list contains only the project id of a notification's data.
_PROJECT = "case when jsonb_typeof(n.data -> 'project_id') = 'string' then n.data ->> 'project_id' end as project_id"


def _page(read_state: str) -> TextClause:
    """Return the statement for a page and the unread count. The left join keeps the count when the page is empty."""
    return text(f"""
        select unread.count as unread_count, unread.seen, page.*
        from (select {count_of(_UNREAD)} as count, cast(pg_current_snapshot() as text) as seen) unread
        left join lateral (
          select {_LISTED}, {_PROJECT}
          from notifications n
          where {_MINE} {read_state}
            and (n.created_at, n.id) < (cast(:before_at as timestamptz), cast(:before_id as uuid))
            and (cast(:type as text) is null or n.type = :type)
          order by n.created_at desc, n.id desc
          limit :limit
        ) page on true
        order by page.created_at desc, page.id desc
    """)


#: One statement for each read state, as each has its own index.
PAGES: dict[ReadState, TextClause] = {
    "unread": _page("and n.read_at is null"),
    "read": _page("and n.read_at is not null"),
    "all": _page(""),
}

UNREAD_COUNT = text(f"select {count_of(_UNREAD)}")

#: One notification with its deliveries, also if it was only pushed and is not in the inbox.
FIND_NOTIFICATION = text(f"""
    select {_COLUMNS}, {_PROJECT}, n.data, (
      select coalesce(jsonb_agg(jsonb_build_object(
        'channel', d.channel, 'status', d.status, 'reason', d.error, 'attempted_at', d.attempted_at
      ) order by d.channel), '[]')
      from notification_deliveries d where d.notification_id = n.id
    ) as deliveries
    from notifications n
    where n.id = :id and n.user_id = :user_id and n.deleted_at is null
""")

#: A row that is already read keeps its time. The statement counts the other rows as they are, and this row as it is now.
SET_READ = text(f"""
    with n as (
      update notifications n
      set read_at = case when :read then coalesce(n.read_at, now()) end
      where n.id = :id and n.user_id = :user_id and n.deleted_at is null
      returning n.*
    )
    select {_COLUMNS}, {_PROJECT}, least({COUNTED_TO}, {count_of(_UNREAD + " and n.id <> :id")}
      + case when n.in_app and n.read_at is null then 1 else 0 end) as unread_count
    from n
""")

#: The rows that the snapshot of a list held: a row that was committed later is not among them, whatever its created_at. A
#: row without a transaction is older than the column. One from a transaction yet to come was restored from another server.
_SEEN = """
    (cast(:seen as pg_snapshot) is null or n.appeared is null
     or n.appeared >= pg_snapshot_xmax(pg_current_snapshot())
     or pg_visible_in_snapshot(n.appeared, cast(:seen as pg_snapshot)))
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

#: The unread rows that `up_to`, `seen` and `type` select; all of them where none is given.
_SELECTED = f"""
    (cast(:type as text) is null or n.type = :type)
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
      update notifications n set read_at = now() where {_UNREAD} and {_SELECTED} returning n.id
    )
    select (select count(*) from marked) as marked, exists (select from pivot) as pivot_found,
           {count_of(f"{_UNREAD} and not ({_SELECTED})")} as unread_count
""")

DELETE_NOTIFICATION = text(f"""
    with gone as (
      update notifications n set deleted_at = now()
      where n.id = :id and n.user_id = :user_id and n.deleted_at is null
      returning n.id
    )
    select gone.id, {count_of(_UNREAD + " and n.id <> :id")} as unread_count from gone
""")


def page(
    connection: Connection, user_id: UUID, *, read_state: ReadState, type_: str | None, after: Place | None, limit: int
) -> Listed:
    """Return up to `limit` entries after a place, newest first, with the unread count."""
    values = {
        "user_id": user_id,
        "type": type_,
        "before_at": after.created_at.isoformat() if after else "infinity",
        "before_id": str(after.id if after else UUID(int=2**128 - 1)),
        "limit": limit,
    }
    found = connection.execute(PAGES[read_state], values).all()
    entries = rows.values(Entry, (row for row in found if row.id is not None))
    return Listed(entries, found[0].unread_count, found[0].seen)


def unread_count(connection: Connection, user_id: UUID) -> int:
    count: int = connection.execute(UNREAD_COUNT, {"user_id": user_id}).scalar_one()
    return count


def find(connection: Connection, user_id: UUID, id_: UUID) -> Opened | None:
    row = connection.execute(FIND_NOTIFICATION, {"user_id": user_id, "id": id_}).one_or_none()
    return Opened(rows.value(Entry, row), row.data, row.deliveries) if row else None


def set_read(connection: Connection, user_id: UUID, id_: UUID, *, read: bool) -> tuple[Entry, int] | None:
    """Return the changed entry and the unread count; None if there is no such notification."""
    row = connection.execute(SET_READ, {"user_id": user_id, "id": id_, "read": read}).one_or_none()
    return (rows.value(Entry, row), row.unread_count) if row else None


def mark_all(
    connection: Connection,
    user_id: UUID,
    *,
    type_: str | None,
    up_to: UUID | None,
    seen: str | None,
) -> Marked:
    """Mark the unread rows of a type, up to a row's place, and within the snapshot `seen`; each only where it is given."""
    values = {"user_id": user_id, "type": type_, "up_to": up_to, "seen": seen}
    return rows.value(Marked, connection.execute(MARK_ALL, values).one())


def delete(connection: Connection, user_id: UUID, id_: UUID) -> int | None:
    """Return the unread count after the deletion; None if there was nothing to delete."""
    row = connection.execute(DELETE_NOTIFICATION, {"user_id": user_id, "id": id_}).one_or_none()
    return row.unread_count if row else None
