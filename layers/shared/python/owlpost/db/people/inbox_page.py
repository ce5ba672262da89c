"""A page of an inbox, in one statement with its counts: in the order of an index, and as the JSON of the API's answer."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, TextClause, text

from owlpost.db.unread import count_of, inbox_of, unread_of
from owlpost.domain.cursors import Place, Snapshot
from owlpost.domain.inbox import EXCERPT, Chosen, Listed, ReadState
from owlpost.domain.value import dataclass

MINE = inbox_of(":user_id")
UNREAD = unread_of(":user_id")
COLUMNS = "n.id, n.type, n.title, n.body, n.link, n.team_id, n.read_at, n.created_at, n.done_at, n.snoozed_from"
#: Bytes of a page as JSON. Lambda answers with at most 6 MB, in which what is escaped is escaped once more, and a character of
#: four bytes may take fourteen.
PAGE_BYTES = 1_400_000
#: A list needs one character more than it shows, to know whether there is more.
LISTED = COLUMNS.replace("n.body", f"left(n.body, {EXCERPT + 1}) as body")
#: A list contains only the project id of a notification's data.
PROJECT = "case when jsonb_typeof(n.data -> 'project_id') = 'string' then n.data ->> 'project_id' end as project_id"


def _moment(column: str) -> str:
    """Return the expression of a time as the API writes it: in UTC, with three fractional digits."""
    return f"""to_char({column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')"""


def _only_if_set(name: str) -> str:
    """Return the expression of a field that is left out where it is null."""
    return f"""coalesce(',"{name}":"' || {_moment(f"f.{name}")} || '"', '')"""


#: An entry as the API writes it: `functions.api.schemas.inbox.Notification`.
ENTRY = f"""left(cast(row_to_json((select entry from (
            select f.id, f.type, f.title, f.body, f.link, f.team_id, f.project_id,
                   {_moment("f.read_at")} as read_at, {_moment("f.created_at")} as created_at
          ) entry)) as text), -1) || {_only_if_set("done_at")} || {_only_if_set("snoozed_from")} || '}}'"""
#: What a list is narrowed to, beside its read state.
NARROWED = """(cast(:type as text) is null or n.type = :type)
            and (cast(:team_id as uuid) is null or n.team_id = :team_id)
            and (cast(:project_id as text) is null or n.data ->> 'project_id' = :project_id)"""
#: The unread counts, of all and of what a list is narrowed to, and the snapshot that everything in the statement is read in.
COUNTS = f"""(
          select {count_of(UNREAD)} as count,
                 case when :is_narrow then {count_of(f"{UNREAD} and {NARROWED}")} end as chosen,
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
    "unread": Listing(UNREAD),
    "read": Listing(f"{MINE} and n.read_at is not null"),
    "all": Listing(MINE),
    "done": Listing("n.user_id = :user_id and n.done_at is not null and n.deleted_at is null", place="n.done_at"),
    # a row that its producer sends later has no time from which it was snoozed
    "snoozed": Listing(
        "n.user_id = :user_id and n.in_app and n.deleted_at is null"
        " and n.created_at > now() and n.snoozed_from is not null",
        order="asc",
    ),
}


def page_of(listing: Listing, found: str, *, before: str = "", beside: str = "") -> TextClause:
    """Return the statement for a page as JSON, and the unread counts with it. `found` is the query of its rows, in any order.

    `before` are parts that the query refers to, and `beside` is what the statement returns of them.

    The page is made here because to read fifty rows costs Python more than to find them costs Postgres. It has as many rows as
    fit into `:most_bytes`, and at least one: without it, paging would never end.
    """
    return text(f"""
        with {before}found as materialized ({found}),
        made as (select f.id, f.place, f.body, {ENTRY} as entry from found f),
        measured as (
          select m.*, row_number() over newest as number, sum(octet_length(m.entry) + 1) over newest as bytes from made m
          window newest as (order by m.place {listing.order}, m.id {listing.order})
        ),
        shown as (
          select * from measured m where m.number = 1 or (m.number < :limit and m.bytes <= :most_bytes)
        ),
        page as (
          select coalesce(string_agg(s.entry, ',' order by s.number), '') as entries, count(*) as shown,
                 array_agg(s.id order by s.number) filter (where length(s.body) > {EXCERPT}) as long,
                 (array_agg(s.place order by s.number desc))[1] as last_place,
                 (array_agg(s.id order by s.number desc))[1] as last_id
          from shown s
        )
        select unread.count as unread_count, unread.chosen, unread.seen, unread.seen_at, page.*,
               (select count(*) from found) as found{beside}
        from page cross join {COUNTS}
    """)


def rows_of(listing: Listing) -> str:
    """Return the query of a page's rows, and one more."""
    return f"""
          select {LISTED}, {PROJECT}, {listing.place} as place
          from notifications n
          where {listing.rows} and {listing.after} and {NARROWED}
          order by {listing.ordered}
          limit :limit"""


PAGES: dict[ReadState, TextClause] = {state: page_of(listing, rows_of(listing)) for state, listing in LISTINGS.items()}


def page(connection: Connection, user_id: UUID, *, chosen: Chosen, after: Place | None, limit: int) -> Listed:
    """Return up to `limit` entries after a place as JSON, in the order of their list, with the unread counts."""
    return listed(connection.execute(PAGES[chosen.read_state], values_of(user_id, chosen, after, limit)).one())


def values_of(user_id: UUID, chosen: Chosen, after: Place | None, limit: int) -> dict[str, object]:
    """Return the parameters of a page's statement."""
    place = after or LISTINGS[chosen.read_state].beginning
    return {
        "user_id": user_id,
        **narrowing(chosen),
        "is_narrow": chosen.is_narrow,
        "before_at": place.created_at.isoformat(),
        "before_id": str(place.id),
        "limit": limit + 1,
        "most_bytes": PAGE_BYTES,
    }


def narrowing(chosen: Chosen) -> dict[str, object]:
    return {"type": chosen.type, "team_id": chosen.team_id, "project_id": chosen.project_id}


def listed(row: Row[Any], rest: Place | None = None) -> Listed:
    return Listed(
        entries=row.entries,
        long=[str(each) for each in row.long or ()],
        unread_count=row.unread_count,
        chosen_unread=row.unread_count if row.chosen is None else row.chosen,
        snapshot=Snapshot(row.seen, row.seen_at),
        next=Place(row.last_place, row.last_id) if row.found > row.shown else rest,
    )
