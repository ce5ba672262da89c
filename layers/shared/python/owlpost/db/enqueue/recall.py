"""Recall requests: what has not gone out is stopped, and what stands in the inbox leaves it, in one statement."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, TextClause, text

from owlpost.db.enqueue.receipts import CANCELLED
from owlpost.db.stopping import stopping
from owlpost.db.undoing import UNDONE_WITHIN
from owlpost.domain.idempotency import Key
from owlpost.domain.reasons import Reason
from owlpost.domain.value import dataclass

#: Leave word for a request that has not come yet: queues have no order.
RECALL_KEY = text(f"""
    insert into notification_requests (key_source, idempotency_key, producer, body_hash, type, recalled_at, created_at)
    values (:key_source, :key, :producer, '{CANCELLED}', :type, now(), now())
    on conflict on constraint notification_requests_key do update
      set recalled_at = coalesce(notification_requests.recalled_at, now())
    returning id
""")

FIND_REQUESTS = text("""
    select coalesce(string_agg(cast(id as text), ','), '') from (
      select r.id from notification_requests r
      where r.created_at >= :since and (cast(:type as text) is null or r.type = :type)
        and (cast(:team as uuid) is null or r.team_id = :team)
        and (cast(:producer as text) is null or r.producer = :producer)
      order by r.created_at desc
      limit :limit
    ) found
""")

#: A notification is no older than its request: the bound spares the search of the whole table.
TOLD = """
    asked as materialized (
      select r.id, r.created_at from notification_requests r
      where r.id = any(cast(string_to_array(:ids, ',') as uuid[]))
    ),
    told as materialized (
      select n.id, n.user_id, n.read_at, n.in_app, n.deleted_at
      from notifications n
      join asked on asked.id = n.request_id
      where n.created_at >= (select min(created_at) from asked)
    ),
    meant as materialized (
      select d.id from notification_deliveries d join told on told.id = d.notification_id
      where d.status = 'pending' and (d.replaced_at is null or not :keeps_inbox)
    )"""

#: The change, which a dry run leaves out. Fewer rows are unread then, so the icons of those people are to follow.
CHANGE = f""",
    marked as (
      update notification_requests r set recalled_at = coalesce(r.recalled_at, now()) from asked where r.id = asked.id
    ),
    removed as (
      update notifications n set deleted_at = now()
      -- what a person has just deleted is deleted anew, so that they cannot bring it back: see `db.people.inbox_acts`
      from told
      where n.id = told.id and (n.deleted_at is null or n.deleted_at > now() - {UNDONE_WITHIN}) and not :keeps_inbox
    ),
    requested as (
      insert into badge_updates (user_id, queued_at)
      select distinct told.user_id, now()
      from told
      where told.in_app and told.deleted_at is null and told.read_at is null and not :keeps_inbox and exists (
        select from user_devices v where v.user_id = told.user_id and v.channel = 'mobile_push' and v.platform = 'ios'
      )
      on conflict (user_id) do update set queued_at = excluded.queued_at
      returning user_id
    )"""


def _recall(*, change: bool) -> TextClause:
    return text(f"""
    with {TOLD},{stopping(Reason.RECALLED, change=change)}{CHANGE if change else ""}
    select (select count(*) from asked) as requests,
           coalesce((
             select jsonb_object_agg(channel, number)
             from (select channel, count(*) as number from stopped group by channel) by_channel
           ), '{{}}') as stopped,
           coalesce((
             select jsonb_object_agg(channel, number) from (
               select d.channel, count(*) as number
               from notification_deliveries d
               join told on told.id = d.notification_id
               where d.channel <> 'in_app' and d.status in ('pending', 'sent') and d.id not in (select id from stopped)
               group by d.channel
             ) out
           ), '{{}}') as already_out,
           (select count(*) from told where in_app and read_at is not null) as already_read,
           (select count(*) from told where in_app and deleted_at is null) as inbox,
           {"(select string_agg(cast(user_id as text), ',') from requested)" if change else "null"} as icons
""")


RECALL = _recall(change=True)
COUNT_RECALL = _recall(change=False)


@dataclass(frozen=True, slots=True)
class RecallCounts:
    """`already_out` counts what was sent, and what a worker has in hand or a provider may have accepted already."""

    requests: int
    stopped: dict[str, int]
    already_out: dict[str, int]
    already_read: int
    inbox: int
    #: People whose icons are to be brought up to date.
    icons: Sequence[UUID] = ()


def recall_key(connection: Connection, key: Key, *, type_: str, producer: str | None) -> UUID:
    """Mark the request under this key as recalled, even if it has not come yet. Return its id."""
    values = {"key_source": key.source, "key": key.stored, "producer": producer, "type": type_}
    request_id: UUID = connection.execute(RECALL_KEY, values).scalar_one()
    return request_id


def find_requests(connection: Connection, values: Mapping[str, object], *, since: datetime, limit: int) -> list[UUID]:
    """Return the newest requests since then of the `type`, `team` and `producer` that are not None."""
    ids: str = connection.execute(FIND_REQUESTS, {**values, "since": since, "limit": limit}).scalar_one()
    return [UUID(each) for each in ids.split(",") if each]


def recall(
    connection: Connection, request_ids: Sequence[UUID], *, dry_run: bool = False, keeps_inbox: bool = False
) -> RecallCounts:
    """Recall these requests, or count what that would do. With `keeps_inbox` their rows stay there, for new words."""
    values = {"ids": ",".join(map(str, request_ids)), "keeps_inbox": keeps_inbox}
    row = connection.execute(COUNT_RECALL if dry_run else RECALL, values).one()
    icons = [UUID(each) for each in (row.icons or "").split(",") if each]
    return RecallCounts(row.requests, row.stopped, row.already_out, row.already_read, row.inbox, icons)
