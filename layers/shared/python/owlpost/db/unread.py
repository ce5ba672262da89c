"""The one count of what a person has not read, as SQL for the inbox, the badge and the push: all show the same number."""

#: Counting stops here: a badge shows no more, and a count costs at most a thousand index entries.
COUNTED_TO = 1_000


def inbox_of(user: str) -> str:
    """Return the condition on `notifications n` for the rows in a person's inbox. `user` is an SQL expression for the id.

    A row that is to be sent later has its time in `created_at`, and is not in the inbox before.
    """
    return f"n.user_id = {user} and n.in_app and n.deleted_at is null and n.created_at <= now()"


def unread_of(user: str) -> str:
    """Return the condition on `notifications n` for the rows that a person has not read."""
    return f"{inbox_of(user)} and n.read_at is null"


def count_of(condition: str) -> str:
    """Return a subquery that counts the rows of `notifications n` under a condition, up to COUNTED_TO.

    The order is the one of the index: with it, the planner does not search the whole table for a busy person's rows.
    """
    ordered = f"select from notifications n where {condition} order by n.created_at desc, n.id desc limit {COUNTED_TO}"
    return f"(select count(*) from ({ordered}) counted)"
