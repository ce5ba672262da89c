"""What a certificate of erasure says beside the rows: what providers were given, and what hangs on the account."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, text

from owlpost.db import rows
from owlpost.db.personal.erasure import About
from owlpost.db.personal.tables import USERS
from owlpost.domain.value import dataclass

#: Each provider's newest ids, by which it can be asked.
FIND_GIVEN = text(f"""
    with told as materialized (
      select d.channel, d.created_at, d.attempt_metadata
      from notifications n
      join notification_deliveries d on d.notification_id = n.id
      where n.user_id in {USERS} and d.attempt_metadata <> '{{}}'
    ),
    given as (
      select channel as recipient, attempt_metadata ->> 'provider_id' as id, created_at from told
      where attempt_metadata ->> 'provider_id' is not null
      union all
      select device.value ->> 'platform', device.value ->> 'id', created_at
      from told, jsonb_each(case jsonb_typeof(attempt_metadata -> 'devices')
        when 'object' then attempt_metadata -> 'devices' else '{{}}' end) device
      where device.value ->> 'outcome' = 'delivered'
    )
    select recipient, count(*) as messages,
           coalesce((array_agg(id order by created_at desc) filter (where id is not null))[1:100], '{{}}') as ids
    from given group by recipient order by recipient
""")
#: Tables of the host whose rows go with an account, by their own foreign keys.
FIND_CASCADES = text("""
    select distinct cast(conrelid::regclass as text) as name from pg_constraint
    where contype = 'f' and confrelid = to_regclass('users') and confdeltype in ('c', 'n', 'd')
    order by name
""")
#: Teams in which nobody else is an owner.
FIND_OWNERLESS = text(f"""
    select cast(m.team_id as text) from team_members m
    where m.user_id in {USERS} and m.role = 'owner' and not exists (
      select from team_members other where other.team_id = m.team_id and other.role = 'owner' and other.user_id not in {USERS}
    )
    order by 1
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """Messages that a provider was given: `recipient` is the channel, or the platform of a push."""

    recipient: str
    messages: int
    ids: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hanging:
    """Tables whose rows go with the account, and teams that have no other owner."""

    tables: list[str]
    teams: list[str]


def given(connection: Connection, people: About) -> list[Given]:
    """Return what providers were given about these people."""
    return rows.values(Given, connection.execute(FIND_GIVEN, people.values))


def hanging(connection: Connection, people: About) -> Hanging:
    """Return what hangs on the accounts of these people."""
    tables: list[Any] = list(connection.execute(FIND_CASCADES).scalars())
    return Hanging(tables=tables, teams=list(connection.execute(FIND_OWNERLESS, people.values).scalars()))
