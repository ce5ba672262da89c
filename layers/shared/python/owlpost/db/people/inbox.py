"""Queries of the inbox. Each page, count or change is one statement that filters by the person. Acts are in `inbox_acts`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, TextClause, text

from owlpost.db import rows
from owlpost.db.unread import COUNTED_TO, count_of, inbox_of, unread_of
from owlpost.domain.cursors import Place, Snapshot
from owlpost.domain.inbox import EXCERPT, Chosen, Entry, Listed, Marked, Opened, ReadState

#: See `_APPEARED_BY_THEN`.
MOST_OVERLAP = "1 hour"
_MINE = inbox_of(":user_id")
_UNREAD = unread_of(":user_id")
_COLUMNS = "n.id, n.type, n.title, n.body, n.link, n.team_id, n.read_at, n.created_at, n.done_at, n.snoozed_from"
#: A list needs one character more than it shows, to know whether there is more.
LISTED = _COLUMNS.replace("n.body", f"left(n.body, {EXCERPT + 1}) as body")
#: A list contains only the project id of a notification's data.
PROJECT = "case when jsonb_typeof(n.data -> 'project_id') = 'string' then n.data ->> 'project_id' end as project_id"

#: What a list is narrowed to, beside its read state.
NARROWED = """(cast(:type as text) is null or n.type = :type)
            and (cast(:team_id as uuid) is null or n.team_id = :team_id)
            and (cast(:project_id as text) is null or n.data ->> 'project_id' = :project_id)"""
#: The unread counts, of all and of what a list is narrowed to, and the snapshot that everything in the statement is read in.
COUNTS = f"""(
          select {count_of(_UNREAD)} as count,
                 case when :is_narrow then {count_of(f"{_UNREAD} and {NARROWED}")} end as chosen,
                 cast(pg_current_snapshot() as text) as seen, now() as seen_at
        ) unread"""


@dataclass(frozen=True, slots=True)
class Listing:
    """The rows of a list and the column of their order."""

    rows: str
    place: str = "n.created_at"
    order: str = "desc"

    @property
    def after(self) -> str:
        """Return the condition that a row stands after the place in the cursor."""
        beyond = "<" if self.order == "desc" else ">"
        return f"({self.place}, n.id) {beyond} (cast(:before_at as timestamptz), cast(:before_id as uuid))"

    @property
    def ordered(self) -> str:
        return f"{self.place} {self.order}, n.id {self.order}"

    @property
    def beginning(self) -> Place:
        """Return a place before all rows."""
        if self.order == "desc":
            return Place(datetime.max.replace(tzinfo=UTC), UUID(int=2**128 - 1))
        return Place(datetime.min.replace(tzinfo=UTC), UUID(int=0))


#: One list for each read state, as each has its own index.
LISTINGS: dict[ReadState, Listing] = {
    "unread": Listing(_UNREAD),
    "read": Listing(f"{_MINE} and n.read_at is not null"),
    "all": Listing(_MINE),
    "done": Listing("n.user_id = :user_id and n.done_at is not null and n.deleted_at is null", place="n.done_at"),
    # a row that its producer sends later has no time from which it was snoozed
    "snoozed": Listing(
        "n.user_id = :user_id and n.in_app and n.deleted_at is null"
        " and n.created_at > now() and n.snoozed_from is not null",
        order="asc",
    ),
}


def _page(listing: Listing) -> TextClause:
    """Return the statement for a page and the unread count. The left join keeps the count when the page is empty."""
    return text(f"""
        select unread.count as unread_count, unread.chosen, unread.seen, unread.seen_at, page.*
        from {COUNTS}
        left join lateral (
          select {LISTED}, {PROJECT}, {listing.place} as place
          from notifications n
          where {listing.rows} and {listing.after} and {NARROWED}
          order by {listing.ordered}
          limit :limit
        ) page on true
        order by page.place {listing.order}, page.id {listing.order}
    """)


PAGES: dict[ReadState, TextClause] = {state: _page(listing) for state, listing in LISTINGS.items()}

UNREAD_COUNT = text(f"select {count_of(_UNREAD)}")

#: One notification with its deliveries, also if it was only pushed and is not in the inbox.
FIND_NOTIFICATION = text(f"""
    select {_COLUMNS}, {PROJECT}, n.data, (
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
SET_READ = text(f"""
    with n as (
      update notifications n
      set read_at = case when :read then coalesce(n.read_at, now()) end,
          in_app = n.in_app or (not :read and n.done_at is not null), done_at = case when :read then n.done_at end
      where n.id = :id and n.user_id = :user_id and n.deleted_at is null
      returning n.*
    )
    select {_COLUMNS}, {PROJECT}, least({COUNTED_TO}, {count_of(_UNREAD + " and n.id <> :id")}
      + case when n.in_app and n.read_at is null and n.created_at <= now() then 1 else 0 end) as unread_count
    from n
""")

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
      update notifications n set read_at = now() where {_UNREAD} and {_SELECTED} returning n.id
    )
    select (select count(*) from marked) as marked, exists (select from pivot) as pivot_found, now() as at,
           {count_of(f"{_UNREAD} and ({_SELECTED}) is not true")} as unread_count
""")

DELETE_NOTIFICATION = text(f"""
    with gone as (
      update notifications n set deleted_at = now()
      where n.id = :id and n.user_id = :user_id and n.deleted_at is null
      returning n.id
    )
    select gone.id, {count_of(_UNREAD + " and n.id <> :id")} as unread_count from gone
""")


def page(connection: Connection, user_id: UUID, *, chosen: Chosen, after: Place | None, limit: int) -> Listed:
    """Return up to `limit` entries after a place, in the order of their list, with the unread counts."""
    found = connection.execute(PAGES[chosen.read_state], values_of(user_id, chosen, after, limit)).all()
    return listed(found)


def values_of(user_id: UUID, chosen: Chosen, after: Place | None, limit: int) -> dict[str, object]:
    """Return the parameters of a page's statement."""
    place = after or LISTINGS[chosen.read_state].beginning
    return {
        "user_id": user_id,
        **narrowing(chosen),
        "is_narrow": chosen.is_narrow,
        "before_at": place.created_at.isoformat(),
        "before_id": str(place.id),
        "limit": limit,
    }


def narrowing(chosen: Chosen) -> dict[str, object]:
    return {"type": chosen.type, "team_id": chosen.team_id, "project_id": chosen.project_id}


def listed(found: Sequence[Row[Any]], rest: Place | None = None) -> Listed:
    first = found[0]
    counted = first.unread_count if first.chosen is None else first.chosen
    entries = rows.values(Entry, (row for row in found if row.id is not None))
    return Listed(entries, first.unread_count, counted, Snapshot(first.seen, first.seen_at), rest)


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
