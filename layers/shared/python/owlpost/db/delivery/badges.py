"""The unread counts on the icons of people's apps: when one was last to be brought up to date, and what it should say."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import Connection, text

from owlpost.db.delivery.claim import device
from owlpost.db.people.inbox import COUNTED_TO
from owlpost.domain.messages import Badge

#: Android counts for itself what it shows.
_ICON = "v.channel = 'mobile_push' and v.platform = 'ios'"

#: One statement, so that of several changes at once one takes the turn. Who has no icon has none to take.
TAKE_TURN = text(f"""
    insert into badge_updates as known (user_id, queued_at)
    select :user_id, :now where exists (select from user_devices v where v.user_id = :user_id and {_ICON})
    on conflict (user_id) do update set queued_at = excluded.queued_at where known.queued_at <= :before
    returning user_id
""")

LOAD = text(f"""
    select (
             select count(*) from (
               select from notifications n
               where n.user_id = v.user_id and n.in_app and n.deleted_at is null and n.read_at is null
               order by n.created_at desc, n.id desc limit {COUNTED_TO}
             ) unread
           ) as unread,
           jsonb_agg(jsonb_build_object(
             'id', v.id, 'platform', v.platform, 'token', v.token, 'environment', v.environment,
             'registered_at', v.registered_at
           ) order by v.id) as devices
    from user_devices v
    where v.user_id = any(cast(string_to_array(:user_ids, ',') as uuid[])) and {_ICON}
    group by v.user_id
""")


def take_turn(connection: Connection, user_id: UUID, *, before: datetime, now: datetime) -> bool:
    """Whether the person has an icon, and no update of it was asked for since `before`; if so, one is from now on."""
    values = {"user_id": user_id, "before": before, "now": now}
    return connection.execute(TAKE_TURN, values).one_or_none() is not None


def load(connection: Connection, user_ids: Sequence[UUID]) -> list[Badge]:
    """What the icons of these people should say now."""
    rows = connection.execute(LOAD, {"user_ids": ",".join(map(str, user_ids))})
    return [Badge(uuid4(), row.unread, tuple(map(device, row.devices))) for row in rows]
