"""Search in one inbox: its rows in their order, of which those are kept that have all words.

The inbox' own index gives the rows of the person, a bounded number at a time. No fan-out enters a text in an index, for readers
of whom few ever search; cleanup enters those of old rows, of large inboxes alone. An answer after the first asks that index if
a short walk has found no full page. See docs/decisions/0033 and 0038.
"""

from functools import cache
from uuid import UUID

from sqlalchemy import Connection, TextClause, text

from owlpost.db.people import inbox_texts
from owlpost.db.people.inbox_page import LISTED, LISTINGS, NARROWED, PROJECT, Listing, listed, page_of, values_of
from owlpost.db.texts import LEFT_OUT, SAID
from owlpost.domain.cursors import Place
from owlpost.domain.inbox import Chosen, Listed, ReadState

#: Rows that the first answer looks through, so few that it takes as long in an inbox of any size; and each of the next ones,
#: for which the page asks by its cursor. A row takes some two microseconds, so ten thousand take what one more request would.
FIRST_LOOK, LOOKED_THROUGH = LEFT_OUT, 10_000
#: For each word, the ids of the person's projects that have it in their name, null if none has.
_NAMED = """(
            select array_agg(cast(p.id as text)) from team_members m join projects p on p.team_id = m.team_id
            where m.user_id = :user_id and strpos(lower(p.name), lower(:word_{number})) > 0
          ) as named_{number}"""
#: `strpos` takes a word as it is: nothing in it is a pattern.
_HAS_WORD = """(
            strpos(n.said, lower(:word_{number})) > 0
            or (named_{number} is not null and n.data ->> 'project_id' = any(named_{number}))
          )"""


@cache
def found(read_state: ReadState, words: int) -> TextClause:
    """Return the statement for the rows that have so many words, among the next ones. It ends as soon as a page is full."""
    listing = LISTINGS[read_state]
    numbers = range(words)
    return page_of(
        listing,
        f"""
          select {LISTED}, {PROJECT}, {listing.place} as place
          from (select {", ".join(_NAMED.format(number=number) for number in numbers)}) project_names
          cross join lateral (
            select n.*, {SAID} as said from notifications n
            where {listing.rows} and {listing.after} and {NARROWED}
            order by {listing.ordered}
            limit :looked_through
          ) n
          where {" and ".join(_HAS_WORD.format(number=number) for number in numbers)}
          order by {listing.ordered}
          limit :limit""",
    )


def _last_looked_at(listing: Listing) -> TextClause:
    return text(f"""
        select {listing.place} as place, n.id from notifications n
        where {listing.rows} and {listing.after} and {NARROWED}
        order by {listing.ordered}
        offset :looked_through - 1 limit 1
    """)


LAST_LOOKED_AT: dict[ReadState, TextClause] = {state: _last_looked_at(listing) for state, listing in LISTINGS.items()}


def search(connection: Connection, user_id: UUID, *, chosen: Chosen, after: Place | None, limit: int) -> Listed:
    """Return up to `limit` entries with all words that are chosen, and where to go on if more rows are to be looked through."""
    statement, values = found(chosen.read_state, len(chosen.words)), searched(user_id, chosen, after, limit)
    if after and inbox_texts.serves(chosen):
        near = connection.execute(statement, {**values, "looked_through": FIRST_LOOK}).one()
        if near.found > limit:
            return listed(near)
        is_rare = near.found * LOOKED_THROUGH <= limit * FIRST_LOOK  # a long walk would find no full page either
        if is_rare and (indexed := inbox_texts.search(connection, chosen, values)):
            return indexed
    page = connection.execute(statement, values).one()
    if page.found > limit:
        return listed(page)
    row = connection.execute(LAST_LOOKED_AT[chosen.read_state], values).one_or_none()
    return listed(page, rest=Place(row.place, row.id) if row else None)


def searched(user_id: UUID, chosen: Chosen, after: Place | None, limit: int) -> dict[str, object]:
    """Return the parameters of a search."""
    return {
        **values_of(user_id, chosen, after, limit),
        "looked_through": LOOKED_THROUGH if after else FIRST_LOOK,
        **{f"word_{number}": word for number, word in enumerate(chosen.words)},
    }
