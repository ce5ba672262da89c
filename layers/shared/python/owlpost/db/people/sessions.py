"""The sessions of an account, and the browsers that have signed in to it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, text

from owlpost.db import mailbox, rows
from owlpost.domain.people import ListedSession

UPSERT_SESSION = text("""
    insert into sessions (id, user_id, device, started_at, last_used_at)
    values (:id, :user_id, :device, :started_at, :now)
    on conflict (id) do update set last_used_at = excluded.last_used_at
""")

FIND_SESSIONS = text("""
    select id, device, started_at, last_used_at from sessions
    where user_id = :user_id and started_at > :started_after and last_used_at > :used_after
    order by last_used_at desc, id
    limit :limit
""")

#: The session's browser is told nothing more. Also deletes rows whose tokens have expired anyway, so the table holds only the
#: sign-outs of one token's life.
END_SESSION = text("""
    with expired as (
      delete from ended_sessions where expires_at < :now
    ),
    listed as (
      delete from sessions where id = :id
    ),
    browser as (
      delete from destinations where session_id = :id
    )
    insert into ended_sessions (id, expires_at) values (:id, :expires_at)
    on conflict (id) do nothing
""")

FIND_SESSION = text("select id from sessions where id = :id and user_id = :user_id for update")

END_ALL_SESSIONS = text("""
    with ended as (
      delete from sessions where user_id = :user_id and id is distinct from cast(:kept as text) returning id
    ),
    browsers as (
      delete from destinations
      where user_id = :user_id and session_id is not null and session_id is distinct from cast(:kept as text)
    ),
    remembered as (
      insert into ended_sessions (id, expires_at) select id, :expires_at from ended on conflict (id) do nothing
    )
    insert into session_cutoffs (user_id, started_before, kept_session) values (:user_id, :now, :kept)
    on conflict (user_id) do update
    set started_before = excluded.started_before, kept_session = excluded.kept_session
""")

IS_KNOWN_BROWSER = text(f"""
    select exists (
      select from known_browsers b join users u on u.id = b.user_id
      where {mailbox.is_mailbox("u.email")} and b.browser_hash = :browser_hash
    )
""")

ADD_KNOWN_BROWSER = text("""
    insert into known_browsers (user_id, browser_hash, last_used_at) values (:user_id, :browser_hash, :now)
    on conflict (user_id, browser_hash) do update set last_used_at = excluded.last_used_at
    returning xmax = 0 as is_new
""")

#: No row if the mark was set after `:before`.
MARK_AGAIN = text("""
    insert into known_browsers as known (user_id, browser_hash, last_used_at) values (:user_id, :browser_hash, :now)
    on conflict (user_id, browser_hash) do update set last_used_at = excluded.last_used_at
    where known.last_used_at <= :before
    returning user_id
""")


def use(
    connection: Connection, session_id: str, user_id: UUID, *, device: str, started_at: datetime, now: datetime
) -> None:
    """Record the use of a session, and list it from now on if it was not."""
    values = {"id": session_id, "user_id": user_id, "device": device, "started_at": started_at, "now": now}
    connection.execute(UPSERT_SESSION, values)


def listed(
    connection: Connection, user_id: UUID, *, started_after: datetime, used_after: datetime, limit: int
) -> list[ListedSession]:
    """Return the open sessions of a user, the one used last first."""
    values = {"user_id": user_id, "started_after": started_after, "used_after": used_after, "limit": limit}
    return rows.values(ListedSession, connection.execute(FIND_SESSIONS, values))


def end(connection: Connection, session_id: str, *, expires_at: datetime, now: datetime) -> None:
    """End a session with all its tokens; `expires_at` is when the last of them would expire."""
    connection.execute(END_SESSION, {"id": session_id, "expires_at": expires_at, "now": now})


def lock(connection: Connection, session_id: str, user_id: UUID) -> bool:
    """Lock a session of this user. Return False if the user has no such session."""
    found = connection.execute(FIND_SESSION, {"id": session_id, "user_id": user_id})
    return found.one_or_none() is not None


def end_all(
    connection: Connection, user_id: UUID, *, kept: str | None = None, expires_at: datetime, now: datetime
) -> None:
    """End all sessions of a user, listed or not, but the one with the id `kept`."""
    # Tokens tell the time in whole seconds: a session that starts later within this second must stay valid.
    values = {"user_id": user_id, "kept": kept, "expires_at": expires_at, "now": now.replace(microsecond=0)}
    connection.execute(END_ALL_SESSIONS, values)


def is_known_browser(connection: Connection, address: str, browser_hash: str) -> bool:
    """Return whether this browser has signed in to the account of the address before."""
    values = {**mailbox.parameters(address), "browser_hash": browser_hash}
    return bool(connection.execute(IS_KNOWN_BROWSER, values).scalar_one())


def add_known_browser(connection: Connection, user_id: UUID, browser_hash: str, *, now: datetime) -> bool:
    """Remember a browser of a user. Return True if it was not known before."""
    values = {"user_id": user_id, "browser_hash": browser_hash, "now": now}
    return bool(connection.execute(ADD_KNOWN_BROWSER, values).scalar_one())


def mark_again(connection: Connection, user_id: UUID, mark: str, *, before: datetime, now: datetime) -> bool:
    """Set a mark among the known browsers of a user. Return False, with nothing changed, if it was set after `before`."""
    values = {"user_id": user_id, "browser_hash": mark, "before": before, "now": now}
    return connection.execute(MARK_AGAIN, values).one_or_none() is not None
