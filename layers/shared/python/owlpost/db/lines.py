"""The lines that pages hold, by which they hear at once that there is something to ask for."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import Connection, text

#: An open line, and not a ticket for one.
OPEN = "connection_id is not null and ends_at > now()"

#: The oldest of the person's give way where there are too many, so that a lost tab cannot keep others out.
ADD_TICKET = text("""
    with beyond as (
      delete from lines where id = any(array(
        select id from lines where user_id = :user_id order by created_at desc, id desc offset :most - 1 for update
      ))
      returning connection_id
    ),
    added as (
      insert into lines (user_id, session_id, ticket_hash, created_at, ends_at)
      values (:user_id, :session_id, :ticket_hash, clock_timestamp(), now() + :life)
    )
    select string_agg(connection_id, ',') from beyond
""")

#: The ticket is used up by this. Nothing is opened for a session that has ended, or a person who is gone.
OPEN_LINE = text("""
    update lines set ticket_hash = null, connection_id = :connection_id, ends_at = now() + :life
    where ticket_hash = :ticket_hash and ends_at > now()
      and exists (select from users u where u.id = lines.user_id)
      and not exists (select from ended_sessions e where e.id = lines.session_id)
      and not exists (select from session_cutoffs c where c.user_id = lines.user_id and c.started_before > lines.created_at
                        and c.kept_session is distinct from lines.session_id)
    returning id
""")

DELETE_LINES = text("delete from lines where connection_id = any(string_to_array(:connection_ids, ','))")

FIND_LINES_OF = text(f"""
    select string_agg(connection_id, ',') from lines
    where user_id = any(cast(string_to_array(:user_ids, ',') as uuid[])) and {OPEN}
""")

END_OF_SESSION = text("""
    with ended as (
      delete from lines where user_id = :user_id and session_id = :session_id returning connection_id
    )
    select string_agg(connection_id, ',') from ended
""")

END_OF_PERSON = text("""
    with ended as (
      delete from lines where user_id = :user_id and session_id is distinct from cast(:kept as text)
      returning connection_id
    )
    select string_agg(connection_id, ',') from ended
""")


def add_ticket(
    connection: Connection, user_id: UUID, session_id: str, ticket_hash: str, *, life: timedelta, most: int
) -> Sequence[str]:
    """Add a ticket. Return the connection ids of lines that gave way: the person has `most` at most."""
    values = {"user_id": user_id, "session_id": session_id, "ticket_hash": ticket_hash, "life": life, "most": most}
    return parted(connection.execute(ADD_TICKET, values).scalar_one())


def open_line(connection: Connection, ticket_hash: str, connection_id: str, *, life: timedelta) -> bool:
    """Turn a ticket into a line. Return False if there is no such ticket, or what it was given for has ended."""
    values = {"ticket_hash": ticket_hash, "connection_id": connection_id, "life": life}
    return connection.execute(OPEN_LINE, values).one_or_none() is not None


def delete(connection: Connection, connection_ids: Sequence[str]) -> None:
    """Forget these lines: they are closed."""
    connection.execute(DELETE_LINES, {"connection_ids": ",".join(connection_ids)})


def of_people(connection: Connection, user_ids: Sequence[UUID]) -> Sequence[str]:
    """Return the connection ids of all lines that these people hold."""
    return parted(connection.execute(FIND_LINES_OF, {"user_ids": ",".join(map(str, user_ids))}).scalar_one())


def end_of_session(connection: Connection, user_id: UUID, session_id: str) -> Sequence[str]:
    """End what one session of a person holds. Return the connection ids, to be closed after the commit."""
    return parted(connection.execute(END_OF_SESSION, {"user_id": user_id, "session_id": session_id}).scalar_one())


def end_of_person(connection: Connection, user_id: UUID, *, kept: str | None) -> Sequence[str]:
    """End what all sessions of a person hold, but the one with the id `kept`. Return as `end_of_session`."""
    return parted(connection.execute(END_OF_PERSON, {"user_id": user_id, "kept": kept}).scalar_one())


def parted(ids: str | None) -> Sequence[str]:
    """Return the ids that a statement gave as one text."""
    return ids.split(",") if ids else ()
