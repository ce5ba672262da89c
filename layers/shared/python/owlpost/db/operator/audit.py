"""Sum up what was accepted and what is stored, and find deliveries that should have ended."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

from owlpost.db.canary import not_canary
from owlpost.db.pending import all_pending
from owlpost.domain.canary import CANARY_ID
from owlpost.domain.destinations import TEST_TYPE
from owlpost.domain.reasons import Reason
from owlpost.domain.types import CANARY
from owlpost.domain.value import dataclass

#: Canaries are watched by themselves.
_PEOPLE = not_canary("d.notification_id")
#: Compares the receipts of the window with their rows. Rows without a receipt count as never accepted, but for tests of
#: destinations, which nobody asks for by a request.
#: Duplicates are two notifications of one request for one person, and two deliveries of one notification on one channel.
SUM_BALANCE = text(f"""
    with receipt as materialized (
      select r.id, r.notifications + r.rooms + coalesce(chunk.notifications, 0) as notifications,
             (select coalesce(sum(cast(value as bigint)), 0) from jsonb_each_text(r.deliveries))
               + coalesce(chunk.deliveries, 0) as deliveries,
             coalesce(chunk.overdue, 0) as overdue_chunks
      from notification_requests r
      left join lateral (
        select sum(c.notifications) as notifications, sum(chunk_deliveries.number) as deliveries,
               count(*) filter (where c.stored_at is null and c.queued_at <= :overdue_before) as overdue
        from notification_request_chunks c
        cross join lateral (
          select coalesce(sum(cast(value as bigint)), 0) as number from jsonb_each_text(c.deliveries)
        ) chunk_deliveries
        where c.request_id = r.id
      ) chunk on true
      where r.created_at >= :since and r.type <> '{CANARY.key}'
    ),
    notification as materialized (
      select n.id, n.request_id, n.user_id from notifications n
      where n.created_at >= :since and coalesce(n.snoozed_from, n.created_at) >= :since
        and n.user_id is distinct from '{CANARY_ID}' and n.type <> '{TEST_TYPE}'
    ),
    delivery as materialized (
      select notification.request_id, notification.id as notification_id, d.channel, d.status
      from notification
      join notification_deliveries d on d.notification_id = notification.id
    ),
    stored as materialized (
      select request_id, sum(notifications) as notifications, sum(deliveries) as deliveries, sum(repeated) as repeated
      from (
        select request_id, count(*) as notifications, 0 as deliveries,
               count(*) - count(distinct coalesce(user_id, id)) as repeated
        from notification group by request_id
        union all
        select request_id, 0, count(*), count(*) - count(distinct (notification_id, channel))
        from delivery group by request_id
      ) counted
      group by request_id
    ),
    balance as materialized (
      select receipt.id as receipt_id, coalesce(receipt.id, stored.request_id) as request_id,
             coalesce(receipt.notifications, 0) as accepted_notifications,
             coalesce(stored.notifications, 0) as stored_notifications,
             coalesce(receipt.deliveries, 0) as accepted_deliveries,
             coalesce(stored.deliveries, 0) as stored_deliveries,
             coalesce(stored.repeated, 0) as repeated, coalesce(receipt.overdue_chunks, 0) as overdue_chunks
      from receipt
      full join stored on stored.request_id = receipt.id
      -- Chunks written in the window of a request accepted before it belong to another window.
      where receipt.id is not null
        or not exists (select from notification_requests r where r.id = stored.request_id)
    ),
    off_balance as (
      select * from balance
      where accepted_notifications <> stored_notifications or accepted_deliveries <> stored_deliveries
        or repeated > 0 or overdue_chunks > 0
    )
    select jsonb_build_object(
      'requests', count(receipt_id),
      'accepted_notifications', coalesce(sum(accepted_notifications), 0),
      'stored_notifications', coalesce(sum(stored_notifications), 0),
      'accepted_deliveries', coalesce(sum(accepted_deliveries), 0),
      'stored_deliveries', coalesce(sum(stored_deliveries), 0),
      'duplicates', coalesce(sum(repeated), 0),
      'by_status', (
        select coalesce(jsonb_object_agg(status, number), '{{}}')
        from (select status, count(*) as number from delivery group by status) by_status
      ),
      'off_balance', (select count(*) from off_balance),
      'requests_off_balance', (
        select coalesce(jsonb_agg(to_jsonb(listed) - 'receipt_id' order by request_id), '[]')
        from (select * from off_balance order by request_id limit :listed) listed
      )
    )
    from balance
""")

#: Pending for longer than normal, not waiting for a later attempt, and without a living lease.
OVERDUE_DELIVERIES = text(f"""
    with overdue as materialized (
      select d.id
      from notification_deliveries d
      where {all_pending()} and d.waits_for is distinct from '{Reason.HELD}' and {_PEOPLE}
        and greatest(d.created_at, d.allowed_at, d.next_attempt_at) <= :overdue_before
        and (d.leased_until is null or d.leased_until <= :now)
    )
    select jsonb_build_object(
      'overdue', (select count(*) from overdue),
      'overdue_deliveries', (
        select coalesce(jsonb_agg(id order by id), '[]') from (select id from overdue order by id limit :listed) listed
      )
    )
""")


#: Why a delivery has not ended: it is due, is retried later, waits by a rule, or is held.
WHY = {
    "due": "d.waits_for is null and coalesce(d.next_attempt_at <= :now, true)",
    "retrying": "d.waits_for is null and d.next_attempt_at > :now",
    "waiting": f"d.waits_for <> '{Reason.HELD}'",
    "held": f"d.waits_for = '{Reason.HELD}'",
}
PENDING = text(
    " union all ".join(
        f"select '{why}' as why, count(*) as deliveries, min(d.created_at) as oldest"
        f" from notification_deliveries d where {all_pending()} and {condition} and {_PEOPLE}"
        for why, condition in WHY.items()
    )
)


@dataclass(frozen=True, slots=True)
class PendingGroup:
    """`oldest` is when the oldest was enqueued."""

    deliveries: int
    oldest: datetime


def balance(connection: Connection, *, since: datetime, overdue_before: datetime, listed: int) -> Mapping[str, Any]:
    """Return the sums over the window, and the first `listed` requests that are off balance."""
    values = {"since": since, "overdue_before": overdue_before, "listed": listed}
    answer: Mapping[str, Any] = connection.execute(SUM_BALANCE, values).scalar_one()
    return answer


def overdue(connection: Connection, *, overdue_before: datetime, now: datetime, listed: int) -> Mapping[str, Any]:
    """Return the number of overdue deliveries of any age, and the first `listed` of them."""
    values = {"overdue_before": overdue_before, "now": now, "listed": listed}
    answer: Mapping[str, Any] = connection.execute(OVERDUE_DELIVERIES, values).scalar_one()
    return answer


def pending(connection: Connection, *, now: datetime) -> dict[str, PendingGroup]:
    """Return what is pending, of any age: `due`, `retrying`, `waiting` by a rule, `held`. A group with nothing is left out."""
    groups = connection.execute(PENDING, {"now": now}).all()
    return {row.why: PendingGroup(row.deliveries, row.oldest) for row in groups if row.deliveries}
