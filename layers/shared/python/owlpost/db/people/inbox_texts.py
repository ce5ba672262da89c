"""Search by the index of texts: what a walk would find, in the same order, of a list whose old rows are entered in it.

The rows beyond the list's mark are walked. For those up to it the index gives the likely ones, which are then compared as a
walk compares them: a text that is entered can only lead to a row, and never shows one.
"""

import re
from functools import cache

from sqlalchemy import Connection, TextClause

from owlpost.db.people.inbox_page import LISTED, LISTINGS, NARROWED, PROJECT, listed, page_of
from owlpost.db.texts import SAID
from owlpost.domain.cursors import Place
from owlpost.domain.inbox import Chosen, Listed, ReadState

#: Rows that the index may name. A word that more rows have is found as fast by a walk, even in an inbox of 100,000.
MOST_LIKELY = 1_000
#: The list whose mark holds for a read state. What is snoozed is never old.
_LISTS: dict[ReadState, str] = {"unread": "inbox", "read": "inbox", "all": "inbox", "done": "done"}
#: What surely makes a trigram. A word without one would lead to all rows of the person.
_TRIGRAM = re.compile(r"[^\W_]{3}")
_SIGNS_OF_PATTERNS = re.compile(r"[\\%_]")


def serves(chosen: Chosen) -> bool:
    """Return whether the index can be asked for this."""
    return chosen.read_state in _LISTS and all(_TRIGRAM.search(word) for word in chosen.words)


@cache
def found(read_state: ReadState, words: int) -> TextClause:
    """Return the statement for a page, without a row and without a `mark` where a walk is needed.

    That is where the list is not entered, where a word is in the name of one of the person's projects, and where too many rows
    are likely. Where more rows are beyond the mark than are looked through, the page goes on after the `last` of those.
    """
    listing = LISTINGS[read_state]
    numbers = range(words)
    place = f"({listing.place}, n.id)"
    rows = f"{listing.rows} and {listing.after} and {NARROWED}"
    beyond = f"{rows} and {place} > ((select m.at from mark m), (select m.id from mark m))"
    has_words = " and ".join(f"strpos(n.said, lower(:word_{number})) > 0" for number in numbers)
    # as a subquery: for a pattern that is frequent in the whole table, the planner would read that and not the index
    is_like = " and ".join(f"t.said like (select lower(:like_{number}))" for number in numbers)
    named = " or ".join(f"strpos(lower(p.name), lower(:word_{number})) > 0" for number in numbers)
    return page_of(
        listing,
        f"""
          select * from (
            (select {LISTED}, {PROJECT}, {listing.place} as place
             from (
               select n.*, {SAID} as said from notifications n
               where {beyond} order by {listing.ordered} limit :looked_through
             ) n
             where {has_words} order by {listing.ordered} limit :limit)
            union all
            (select {LISTED}, {PROJECT}, {listing.place} as place
             from likely
             cross join lateral (select n.*, {SAID} as said from notifications n where n.id = likely.id offset 0) n
             where exists (select from mark) and not exists (select from last)
               and {rows} and {place} <= ((select m.at from mark m), (select m.id from mark m)) and {has_words}
             order by {listing.ordered} limit :limit)
          ) of_both
          order by place {listing.order}, id {listing.order}
          limit :limit""",
        before=f"""
        entered as materialized (
          select e.until_at as at, e.until_id as id from texts_entered e
          where e.user_id = :user_id and e.list = '{_LISTS[read_state]}' and not exists (
            select from team_members m join projects p on p.team_id = m.team_id where m.user_id = :user_id and ({named})
          )
        ),
        likely as materialized (
          select t.id from notification_texts t
          where exists (select from entered) and t.user_id = :user_id and {is_like}
          limit :most_likely + 1
        ),
        mark as materialized (
          select e.* from entered e where (select count(*) from likely) <= :most_likely
        ),
        last as materialized (
          select {listing.place} as at, n.id from notifications n
          where {beyond} order by {listing.ordered} offset :looked_through - 1 limit 1
        ),""",
        beside="""
               , (select m.at from mark m) as mark,
               (select l.at from last l) as walked_to_at, (select l.id from last l) as walked_to_id""",
    )


def search(connection: Connection, chosen: Chosen, values: dict[str, object]) -> Listed | None:
    """Return a page, given the parameters of a walk; None where a walk is needed."""
    statement = found(chosen.read_state, len(chosen.words))
    page = connection.execute(statement, values | asked(chosen)).one()
    if page.mark is None:
        return None
    return listed(page, rest=Place(page.walked_to_at, page.walked_to_id) if page.walked_to_id else None)


def asked(chosen: Chosen) -> dict[str, object]:
    """Return the parameters that a walk does not have."""
    likes = {f"like_{number}": _pattern(word) for number, word in enumerate(chosen.words)}
    return {**likes, "most_likely": MOST_LIKELY}


def _pattern(word: str) -> str:
    """Return the pattern of what contains the word: nothing that a person types is one."""
    literal = _SIGNS_OF_PATTERNS.sub(r"\\\g<0>", word)
    return f"%{literal}%"
