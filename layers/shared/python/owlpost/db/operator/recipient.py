"""Read a person as delivery sees them: preferences, address, suppression, devices and destinations."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from owlpost.db import mailbox, rows
from owlpost.db.guests import is_guest, is_guest_device
from owlpost.domain import addresses
from owlpost.domain.canary import CANARY_ID
from owlpost.domain.guest_list import GuestList
from owlpost.domain.person_commands import User
from owlpost.domain.value import dataclass

FIND_RECIPIENT = text(f"""
    select u.id, u.name, u.email, u.preferences, s.reason as suppressed_for, s.created_at as suppressed_at,
           (select coalesce(jsonb_object_agg(platform, number), '{{}}') from (
              select v.platform, count(*) as number from user_devices v where v.user_id = u.id group by v.platform
           ) device) as devices,
           (select coalesce(jsonb_agg(jsonb_build_object(
              'id', t.id, 'channel', t.channel, 'label', t.label, 'state', t.state, 'last_ok_at', t.last_ok_at,
              'last_error', t.last_error, 'last_error_at', t.last_error_at, 'dead_at', t.dead_at
            ) order by t.created_at, t.id), '[]') from destinations t where t.user_id = u.id) as destinations,
           {is_guest("u.email")} as is_guest,
           exists (
             select from user_devices v where v.user_id = u.id and {is_guest_device("u.email", "v.token")}
           ) as guest_device
    from users u
    left join lateral (
      select s.reason, s.created_at from email_suppressions s where {mailbox.suppresses("u.email")}
      order by s.created_at, s.address limit 1
    ) s on true
    where u.id <> '{CANARY_ID}' and (u.id = cast(:id as uuid) or {mailbox.is_mailbox("u.email")})
    order by u.created_at, u.id
""")

#: How often a person was told of a type in this hour of the clock, as the brake counts it: see `db.enqueue.ruling`.
_OF_THIS_HOUR = """from notifications n
       where n.user_id = :user_id and n.type = :type and n.created_at >= date_trunc('hour', now(), 'UTC')
         and coalesce(n.snoozed_from, n.created_at) >= date_trunc('hour', now(), 'UTC')
         and coalesce(n.snoozed_from, n.created_at) < date_trunc('hour', now(), 'UTC') + interval '1 hour'"""
COUNT_OF_THIS_HOUR = text(f"""
    select count(*) from (
      (select {_OF_THIS_HOUR} and n.in_app and n.deleted_at is null)
      union all
      (select {_OF_THIS_HOUR} and (not n.in_app or n.deleted_at is not null))
      limit :limit
    ) told
""")
#: Addresses that sort right before and right after this one: the index on addresses finds them.
SIMILAR_ADDRESSES = text(f"""
    (select lower(email) from users where lower(email) >= :email and id <> '{CANARY_ID}' order by lower(email) limit :limit)
    union
    (select lower(email) from users where lower(email) < :email and id <> '{CANARY_ID}' order by lower(email) desc limit :limit)
""")
#: Addresses read on each side, of which the most similar are suggested.
NEIGHBOURS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """`devices` counts devices by platform, `destinations` hold no address.

    The last two say whom the installation's guest list admits.
    """

    id: UUID
    name: str
    email: str | None
    preferences: Any
    suppressed_for: str | None
    suppressed_at: datetime | None
    devices: dict[str, int]
    destinations: list[dict[str, Any]]
    is_guest: bool
    guest_device: bool


def find(connection: Connection, user: User, *, guests: GuestList | None = None) -> Recipient | None:
    """Return the person with this id or this e-mail address in any spelling, None if there is none."""
    address = None if isinstance(user, UUID) else addresses.mailbox(user)
    values = {"id": user if isinstance(user, UUID) else None, **mailbox.parameters(address)}
    values["guests"] = guests.spelled if guests else None
    return rows.optional(Recipient, connection.execute(FIND_RECIPIENT, values).first())


def told_this_hour(connection: Connection, user_id: UUID, type_: str, *, limit: int) -> int:
    """Return how often the person was told of the type in this hour; counting stops at the limit."""
    values = {"user_id": user_id, "type": type_, "limit": limit}
    number: int = connection.execute(COUNT_OF_THIS_HOUR, values).scalar_one()
    return number


def similar_addresses(connection: Connection, address: str) -> Sequence[str]:
    """Return addresses that begin like this one, in lower case."""
    values = {"email": address.strip().lower(), "limit": NEIGHBOURS}
    return connection.execute(SIMILAR_ADDRESSES, values).scalars().all()
