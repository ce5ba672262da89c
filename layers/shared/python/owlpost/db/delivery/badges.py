"""The unread counts on the icons of people's apps: when an update was last requested, and the number to show."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID, uuid4

from sqlalchemy import Connection, text

from owlpost.db.delivery.claim import device
from owlpost.db.guests import is_guest_device
from owlpost.db.unread import count_of, unread_of
from owlpost.domain.guest_list import GuestList
from owlpost.domain.messages import Badge

#: Android apps count by themselves.
_ICON = "v.channel = 'mobile_push' and v.platform = 'ios'"

#: One statement, so that only one of several simultaneous changes requests the update. People without an iOS device have none.
REQUEST_BADGE_UPDATE = text(f"""
    insert into badge_updates as known (user_id, queued_at)
    select :user_id, now() where exists (select from user_devices v where v.user_id = :user_id and {_ICON})
    on conflict (user_id) do update set queued_at = excluded.queued_at
      where known.queued_at <= now() - make_interval(secs => :coalesced_seconds)
    returning user_id
""")

LOAD_BADGES = text(f"""
    select {count_of(unread_of("v.user_id"))} as unread,
           jsonb_agg(jsonb_build_object(
             'id', v.id, 'platform', v.platform, 'token', v.token, 'environment', v.environment,
             'registered_at', v.registered_at
           ) order by v.id) as devices
    from user_devices v
    join users u on u.id = v.user_id
    where v.user_id = any(cast(string_to_array(:user_ids, ',') as uuid[])) and {_ICON}
      and {is_guest_device("u.email", "v.token")}
    group by v.user_id
""")


def take_turn(connection: Connection, user_id: UUID, *, coalesced: timedelta) -> bool:
    """Record that an update is requested now. False if the person has no icon, or requested one less than `coalesced` ago."""
    values = {"user_id": user_id, "coalesced_seconds": coalesced.total_seconds()}
    return connection.execute(REQUEST_BADGE_UPDATE, values).one_or_none() is not None


def load(connection: Connection, user_ids: Sequence[UUID], *, guests: GuestList | None = None) -> list[Badge]:
    """Return the unread count and the iOS devices of each of these people who has any that may be reached."""
    values = {"user_ids": ",".join(map(str, user_ids)), "guests": guests.spelled if guests else None}
    rows = connection.execute(LOAD_BADGES, values)
    return [Badge(uuid4(), row.unread, tuple(map(device, row.devices))) for row in rows]
