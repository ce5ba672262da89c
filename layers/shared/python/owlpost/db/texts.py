"""The texts that a search finds by an index: those of old rows, entered by cleanup, so that the fan-out pays nothing.

A list is entered up to a place, which `texts_entered` has: each of its rows up to there is in `notification_texts`. What puts
a row into a list at an old place enters it, by `entering`, and what changes a row's words changes its text. Such a statement
waits while cleanup enters a batch, as it writes to the same table, and sees what that batch did. See docs/decisions/0038.
"""

#: Rows of a list, the newest, that cleanup leaves alone: the first answer of a search looks through as many.
LEFT_OUT = 500
#: What is searched of a row of `notifications n`.
SAID = "lower(concat_ws(e'\\n', n.title, n.body))"


def entering(rows: str) -> str:
    """Return the part of a statement that enters rows of `:user_id` that come back, where any of theirs are entered."""
    return f"""
      insert into notification_texts (id, user_id, said)
      select n.id, n.user_id, {SAID} from {rows} n
      where exists (select from texts_entered e where e.user_id = :user_id)
      on conflict (id) do nothing
    """
