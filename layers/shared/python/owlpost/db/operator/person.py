"""What a person got lately, and what else an operator asks about one person."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from owlpost.db import mailbox, rows
from owlpost.domain.value import dataclass

#: A push has an id for each device, a mail or a text one.
PROVIDER_IDS = """(
        select coalesce(jsonb_agg(told.id), '[]') from (
          select d.attempt_metadata -> 'provider_id' as id where jsonb_typeof(d.attempt_metadata -> 'provider_id') = 'string'
          union all
          select jsonb_path_query(d.attempt_metadata, '$.devices.*.id ? (@.type() == "string")')
        ) told
      )"""
SUM_WEEK = text("""
    select n.type, d.channel, d.status, coalesce(d.waits_for, d.error) as reason, count(*) as deliveries,
           max(d.created_at) as newest
    from notifications n
    join notification_deliveries d on d.notification_id = n.id
    where n.user_id = :user_id and n.created_at >= :since
    group by 1, 2, 3, 4
    order by 1, 2, 3, 4
""")
LIST_LATEST = text(f"""
    select d.id, n.type, n.title, d.channel, d.status, coalesce(d.waits_for, d.error) as reason, d.created_at,
           d.next_attempt_at, {PROVIDER_IDS} as provider_ids
    from notifications n
    join notification_deliveries d on d.notification_id = n.id
    where n.user_id = :user_id and n.created_at >= :since and (not :pending or d.status = 'pending')
    order by n.created_at desc, d.channel
    limit :limit
""")
LIST_CHANGES = text("""
    select at, path, before, after, by from preference_changes where user_id = :user_id order by at desc, id desc limit :limit
""")
FIND_ACCOUNT = text(f"""
    select u.created_at,
           (select count(*) from sessions s where s.user_id = u.id) as sessions,
           (select coalesce(
              jsonb_agg(jsonb_build_object('id', t.id, 'name', t.name, 'role', m.role) order by t.name, t.id), '[]')
            from team_members m join teams t on t.id = m.team_id where m.user_id = u.id) as teams,
           (select coalesce(jsonb_agg(jsonb_build_object(
              'address', s.address, 'reason', s.reason, 'created_at', s.created_at, 'detail', s.detail)), '[]')
            from email_suppressions s where {mailbox.suppresses("u.email")}) as suppressions
    from users u where u.id = :user_id
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """`teams` hold id, name and role; `suppressions` what keeps mail from the address; `sessions` counts the open ones."""

    created_at: datetime
    sessions: int
    teams: list[dict[str, Any]]
    suppressions: list[dict[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sum:
    """`reason` is the rule a delivery waits by, or why it was not sent."""

    type: str
    channel: str
    status: str
    reason: str | None
    deliveries: int
    newest: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One delivery; `provider_ids` are those by which the provider knows it, one for each device of a push."""

    id: UUID
    type: str
    title: str
    channel: str
    status: str
    reason: str | None
    created_at: datetime
    next_attempt_at: datetime | None
    provider_ids: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class PreferenceChange:
    """`path` is a JSON Pointer into the preferences; `by` is who changed it."""

    at: datetime
    path: str
    before: Any
    after: Any
    by: str


def account(connection: Connection, user_id: UUID) -> Account:
    return rows.value(Account, connection.execute(FIND_ACCOUNT, {"user_id": user_id}).one())


def sums(connection: Connection, user_id: UUID, *, since: datetime) -> list[Sum]:
    """Return the deliveries since then, counted by type, channel, status and reason."""
    return rows.values(Sum, connection.execute(SUM_WEEK, {"user_id": user_id, "since": since}))


def latest(connection: Connection, user_id: UUID, *, since: datetime, pending: bool = False, limit: int) -> list[Told]:
    """Return the newest deliveries since then; with `pending`, only those that have not ended."""
    values = {"user_id": user_id, "since": since, "pending": pending, "limit": limit}
    return rows.values(Told, connection.execute(LIST_LATEST, values))


def changes(connection: Connection, user_id: UUID, *, limit: int) -> list[PreferenceChange]:
    """Return what the person chose, the latest first."""
    return rows.values(PreferenceChange, connection.execute(LIST_CHANGES, {"user_id": user_id, "limit": limit}))
