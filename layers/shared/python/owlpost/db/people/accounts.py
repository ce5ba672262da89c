"""Accounts: users, and the teams they belong to."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, text

from owlpost.db import mailbox, rows
from owlpost.domain import json_values
from owlpost.domain.canary import CANARY_ID
from owlpost.domain.people import Membership, User
from owlpost.domain.preference_history import changes

_USER = "id, email, name, preferences, created_at, updated_at"

#: The user of a session, and when the session was last used. No row if the user is deleted or the session has ended.
FIND_USER_BY_SESSION = text(f"""
    select {_USER}, (select last_used_at from sessions s where s.id = :session_id) as last_used_at
    from users u
    where u.id = :user_id and u.id <> '{CANARY_ID}'
      and not exists (select from ended_sessions e where e.id = :session_id)
      and not exists (select from session_cutoffs c where c.user_id = u.id and c.started_before > :started_at
                        and c.kept_session is distinct from cast(:session_id as text))
""")

#: Nobody signs in as the canary. The older account, if the host has one for each spelling of the mailbox.
FIND_USER_BY_ADDRESS = text(
    f"select {_USER} from users where {mailbox.is_mailbox('email')} and id <> '{CANARY_ID}' order by created_at, id limit 1"
)

#: The language of the user of this address, if there is one.
FIND_LOCALE = text(f"""
    select preferences ->> 'locale' from users where {mailbox.is_mailbox("email")} order by created_at, id limit 1
""")

IS_CANARY = text(f"select exists (select from users where id = '{CANARY_ID}' and {mailbox.is_mailbox('email')})")

#: Of two concurrent first sign-ins with one address, the second waits here for the first and inserts nothing.
ADD_USER = text(f"""
    insert into users (email, name, preferences, created_at, updated_at)
    values (:address, :name, cast(:preferences as jsonb), :now, :now)
    on conflict do nothing
    returning {_USER}
""")

#: Insert a team and its owner.
ADD_TEAM = text("""
    with team as (
      insert into teams (name, slug, created_at) values (:name, :slug, :now) returning id
    )
    insert into team_members (team_id, user_id, role, created_at)
    select id, :owner_id, 'owner', :now from team
""")

FIND_TEAMS = text("""
    select t.id, t.name, t.slug, m.role
    from team_members m
    join teams t on t.id = m.team_id
    where m.user_id = :user_id
    order by t.name, t.id
""")

#: The row stays locked until the transaction ends, so a concurrent change reads what this one has written.
LOCK_USER = text(f"select {_USER} from users where id = :user_id for update")

#: The merge and its history are one statement: neither is there without the other.
UPDATE_USER = text(f"""
    with changed as (
      insert into preference_changes (user_id, at, path, before, after, by)
      select :user_id, :now, c.path, c.before, c.after, :by
      from jsonb_to_recordset(cast(:changes as jsonb)) as c (path text, before jsonb, after jsonb)
    )
    update users set name = :name, preferences = cast(:preferences as jsonb), updated_at = :now
    where id = :user_id
    returning {_USER}
""")


def find_by_session(
    connection: Connection, *, user_id: UUID, session_id: str, started_at: datetime
) -> tuple[User, datetime | None] | None:
    """Return the user of a session and when it was last used (None: not listed yet). None if there is no such session."""
    values = {"user_id": user_id, "session_id": session_id, "started_at": started_at}
    row = connection.execute(FIND_USER_BY_SESSION, values).one_or_none()
    return (_user(row), row.last_used_at) if row else None


def id_of(connection: Connection, address: str) -> UUID | None:
    """Return the id of the user of this address, None if there is none."""
    row = connection.execute(FIND_USER_BY_ADDRESS, mailbox.parameters(address)).one_or_none()
    return row.id if row else None


def is_canary(connection: Connection, address: str) -> bool:
    """Return whether the address is that of the canary, as whom nobody signs in."""
    return bool(connection.execute(IS_CANARY, mailbox.parameters(address)).scalar_one())


def locale_of(connection: Connection, address: str) -> str | None:
    """Return the language that the user of this address has chosen; None if none, or if there is no such user."""
    found: str | None = connection.execute(FIND_LOCALE, mailbox.parameters(address)).scalar()
    return found


def find_or_add(
    connection: Connection,
    address: str,
    *,
    name: str,
    team_name: str,
    team_slug: str,
    now: datetime,
    locale: str | None = None,
) -> tuple[User, bool]:
    """Find the user of this address, or add one who owns a new team. Return the user, and True if the user is new."""
    values = mailbox.parameters(address)
    known = connection.execute(FIND_USER_BY_ADDRESS, values).one_or_none()
    if known:
        return _user(known), False
    new = {
        "address": address,
        "name": name,
        "preferences": json_values.compact({"locale": locale} if locale else {}),
        "now": now,
    }
    added = connection.execute(ADD_USER, new).one_or_none()
    if added is None:
        return _user(connection.execute(FIND_USER_BY_ADDRESS, values).one()), False
    connection.execute(ADD_TEAM, {"name": team_name, "slug": team_slug, "owner_id": added.id, "now": now})
    return _user(added), True


def teams_of(connection: Connection, user_id: UUID) -> tuple[Membership, ...]:
    found = connection.execute(FIND_TEAMS, {"user_id": user_id})
    return tuple(rows.values(Membership, found))


def lock(connection: Connection, user_id: UUID) -> User | None:
    """Lock the user until this transaction ends. Return None if the user is deleted."""
    row = connection.execute(LOCK_USER, {"user_id": user_id}).one_or_none()
    return _user(row) if row else None


def change(
    connection: Connection, user: User, *, name: str, preferences: Mapping[str, Any], by: str, now: datetime
) -> User:
    """Update a user whose row this transaction has locked, with the history of their choices; return the new state."""
    values = {
        "user_id": user.id,
        "name": name,
        "preferences": json_values.compact(preferences),
        "changes": json_values.compact([each.as_json() for each in changes(user.preferences, preferences)]),
        "by": by,
        "now": now,
    }
    return _user(connection.execute(UPDATE_USER, values).one())


def _user(row: Row[Any]) -> User:
    preferences = row.preferences if isinstance(row.preferences, dict) else {}
    return User(row.id, row.email, row.name, preferences, row.created_at, row.updated_at)
