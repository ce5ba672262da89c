"""Search in one inbox: its rows in their order, of which those are kept that have all words.

There is no index of the texts, on purpose: each row of a fan-out would have to be entered in it, for readers of whom few ever
search. The inbox' own index gives the rows of the person, a bounded number at a time. See docs/decisions/0028.
"""

from dataclasses import replace
from uuid import UUID

from sqlalchemy import Connection, TextClause, text

from owlpost.db.people.inbox import COUNTS, LISTED, LISTINGS, NARROWED, PROJECT, Listing, listed, values_of
from owlpost.domain.cursors import Place
from owlpost.domain.inbox import Chosen, Listed, ReadState

#: Rows that one request looks through. The page goes on by its cursor.
LOOKED_THROUGH = 10_000
#: Project ids and names of the person's teams.
_NAMES = """(
          select jsonb_object_agg(cast(p.id as text), p.name)
          from team_members m join projects p on p.team_id = m.team_id
          where m.user_id = :user_id
        )"""
#: `strpos` takes words as they are: nothing in them is a pattern.
_HAS_WORDS = """not exists (
            select from jsonb_array_elements_text(cast(:words as jsonb)) as word
            where strpos(
              lower(concat_ws(e'\\n', n.title, n.body, project_names.by_id ->> (n.data ->> 'project_id'))), lower(word)
            ) = 0
          )"""


def _found(listing: Listing) -> TextClause:
    """Return the statement for the rows with all words among the next LOOKED_THROUGH. It ends as soon as a page is full."""
    return text(f"""
        select unread.count as unread_count, unread.chosen, unread.seen, unread.seen_at, page.*
        from {COUNTS}
        left join lateral (
          select {LISTED}, {PROJECT}, {listing.place} as place
          from (select {_NAMES} as by_id) project_names
          cross join lateral (
            select n.* from notifications n
            where {listing.rows} and {listing.after} and {NARROWED}
            order by {listing.ordered}
            limit {LOOKED_THROUGH}
          ) n
          where {_HAS_WORDS}
          order by {listing.ordered}
          limit :limit
        ) page on true
        order by page.place {listing.order}, page.id {listing.order}
    """)


def _last_looked_at(listing: Listing) -> TextClause:
    return text(f"""
        select {listing.place} as place, n.id from notifications n
        where {listing.rows} and {listing.after} and {NARROWED}
        order by {listing.ordered}
        offset {LOOKED_THROUGH - 1} limit 1
    """)


FOUND: dict[ReadState, TextClause] = {state: _found(listing) for state, listing in LISTINGS.items()}
LAST_LOOKED_AT: dict[ReadState, TextClause] = {state: _last_looked_at(listing) for state, listing in LISTINGS.items()}


def search(
    connection: Connection, user_id: UUID, *, chosen: Chosen, after: Place | None, limit: int, words: str
) -> Listed:
    """Return up to `limit` entries with all `words`, a JSON list, and where to go on if more rows are to be looked through."""
    values = values_of(user_id, chosen, after, limit)
    found = listed(connection.execute(FOUND[chosen.read_state], {**values, "words": words}).all())
    if len(found.entries) >= limit:
        return found
    row = connection.execute(LAST_LOOKED_AT[chosen.read_state], values).one_or_none()
    return replace(found, rest=Place(row.place, row.id) if row else None)
