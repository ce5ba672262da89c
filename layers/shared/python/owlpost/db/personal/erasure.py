"""Erase people: set-based, a statement for each table, all in the caller's transaction."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, text

from owlpost.db import mailbox
from owlpost.db.personal.tables import ADDRESSES, DELIVERIES, LAST_NOBODY, NOTIFICATIONS, PERSONAL, USERS, PersonalTable
from owlpost.db.stopping import WAS_REFUSED
from owlpost.domain import addresses, json_values
from owlpost.domain.value import dataclass

#: Addresses of accounts and of mails that were sent to them, without those that another account has now.
FIND_ADDRESSES = text(f"""
    select distinct lower(address) from (
      select u.email as address from users u where u.id in {USERS}
      union
      select d.address from notification_deliveries d
      join notifications n on n.id = d.notification_id
      where n.user_id in {USERS} and d.address is not null
    ) known
    where address <> '' and not exists (
      select from users other where lower(other.email) = lower(address) and other.id not in {USERS}
    )
""")

#: Pending members of a frozen batch that its provider may have accepted: it goes out unchanged or not at all, and mails to
#: others are in it. They are left for the cleanup after their end. A batch that was refused is dissolved, and goes on without.
LOCK_DELIVERIES = text(f"""
    with theirs as materialized (
      select t.id from notification_deliveries t where {DELIVERIES.about}
    ),
    batch as materialized (
      select d.batch_id, bool_and(d.id in (select id from theirs)) as is_whole, bool_and({WAS_REFUSED}) as was_refused
      from notification_deliveries d
      where d.status = 'pending' and d.batched_at is not null and d.batch_id in (
        select b.batch_id from notification_deliveries b
        where b.id in (select id from theirs) and b.status = 'pending' and b.batched_at is not null
      )
      group by d.batch_id
    ),
    locked as materialized (
      select d.id, d.notification_id, d.id in (select id from theirs) as is_theirs,
             batch.batch_id is not null and not batch.is_whole and not batch.was_refused as is_in_doubt
      from notification_deliveries d
      left join batch on batch.batch_id = d.batch_id and d.batched_at is not null and d.status = 'pending'
      where d.id in (select id from theirs) or batch.was_refused
      order by d.id
      for update of d
    ),
    dissolved as (
      update notification_deliveries d set batch_id = null, batch_size = null, batched_at = null
      from locked where d.id = locked.id and not locked.is_theirs
    )
    select coalesce(string_agg(cast(notification_id as text), ','), '') from locked where is_theirs and is_in_doubt
""")
REMEMBER_ADDRESSES = text(f"""
    insert into erased_addresses (address_hash)
    select distinct owlpost_keyed_hash(address) from {ADDRESSES} known (address)
    on conflict (address_hash) do update set erased_at = now()
""")
#: A team's room outlives who connected it.
FORGET_MAKERS = text(f"update destinations t set created_by = null where t.created_by in {USERS}")
HASH = text("select owlpost_keyed_hash(:value)")
FORGET_OLD_HASHES = text("delete from erased_addresses where erased_at < :before")

#: People who have rows and no account: the host has deleted it. Rows of people who were erased bear an id that is nobody's.
FIND_GONE = text(f"""
    select distinct known.user_id from (
      select user_id from notifications where user_id > '{LAST_NOBODY}'
      union select user_id from user_devices union select user_id from retired_devices
      union select user_id from preference_changes union select user_id from sessions
      union select user_id from known_browsers union select user_id from session_cutoffs
      union select user_id from person_writes union select user_id from badge_updates
      union select user_id from texts_entered
      union select invited_by_user_id from team_invitations union select inviter_id from invitation_attempts
    ) known
    where not exists (select from users u where u.id = known.user_id)
    order by known.user_id
    limit :limit
""")


#: Whether more people have gone than accounts are there: rather the accounts have than the people.
FIND_IS_DOUBTFUL = text("select count(*) < :gone from (select from users limit :gone) account")


@dataclass(frozen=True, slots=True)
class About:
    """The people meant: their ids, and each spelling of their addresses."""

    user_ids: Sequence[UUID]
    addresses: Sequence[str]

    @property
    def values(self) -> dict[str, object]:
        ids = ",".join(map(str, self.user_ids))
        return {"user_ids": ids, "addresses": json_values.compact(list(self.addresses))}


@dataclass(frozen=True, slots=True)
class Erased:
    """The rows about the people by table, before and after. `in_flight` notifications wait for the end of a frozen batch."""

    before: Mapping[str, int]
    after: Mapping[str, int]
    in_flight: int


def about(connection: Connection, user_ids: Sequence[UUID], *, named: str | None = None) -> About:
    """Return the people with these ids; `named` is an address that is theirs as well."""
    ids = {"user_ids": ",".join(map(str, user_ids))}
    found = {*connection.execute(FIND_ADDRESSES, ids).scalars(), *([named.lower()] if named else [])}
    return About(user_ids, sorted({each for address in found for each in _spellings(address)}))


def count(connection: Connection, people: About) -> dict[str, int]:
    """Return the number of rows about these people by table."""
    parts = " union all ".join(f"select '{t.name}' as name, count(*) from {t.name} t where {t.about}" for t in PERSONAL)
    found = {row[0]: row[1] for row in connection.execute(text(parts), people.values)}
    return {each.name: found[each.name] for each in PERSONAL}


def erase(connection: Connection, people: About) -> Erased:
    """Delete or blank all that names these people."""
    before = count(connection, people)
    waiting: str = connection.execute(LOCK_DELIVERIES, people.values).scalar_one()
    values = {**people.values, "waiting": waiting}
    for table in PERSONAL:
        if not (table.stays or table.cascades):
            connection.execute(text(_erasing(table)), values)
    connection.execute(FORGET_MAKERS, people.values)
    connection.execute(REMEMBER_ADDRESSES, people.values)
    return Erased(before, count(connection, people), len(set(filter(None, waiting.split(",")))))


def hash_of(connection: Connection, value: object) -> str:
    """Return the keyed hash that stands for an id or an address that was erased."""
    hashed: str = connection.execute(HASH, {"value": str(value)}).scalar_one()
    return hashed


def gone(connection: Connection, *, limit: int) -> list[UUID]:
    """Return people who have rows here and no account any more."""
    return list(connection.execute(FIND_GONE, {"limit": limit}).scalars())


def is_doubtful(connection: Connection, gone: int) -> bool:
    """Return whether so many people cannot be believed to be gone: there are fewer accounts than that."""
    return bool(connection.execute(FIND_IS_DOUBTFUL, {"gone": gone}).scalar_one())


def forget_hashes(connection: Connection, *, before: datetime) -> int:
    return connection.execute(FORGET_OLD_HASHES, {"before": before}).rowcount


def _erasing(table: PersonalTable) -> str:
    where = f"{table.about}{_LEFT.get(table.name, '')}"
    if not table.blanked:
        return f"delete from {table.name} t where {where}"
    changes = ", ".join(f"{column} = {value}" for column, value in table.blanked.items())
    return f"update {table.name} t set {changes} where {where}"


_WAITING = "(select cast(unnest(string_to_array(nullif(:waiting, ''), ',')) as uuid))"
#: What is left for the cleanup after the end of a frozen batch.
_LEFT = {
    NOTIFICATIONS.name: f" and t.id not in {_WAITING}",
    DELIVERIES.name: f" and t.notification_id not in {_WAITING}",
}


def _spellings(address: str) -> Iterable[str]:
    """Return the spellings of a mailbox, in lower case: as it is written, as we store it, as a host may store it."""
    known = mailbox.parameters(addresses.mailbox(address))
    return filter(None, (address, known["address"], known["unicode_address"]))
