"""What the sweep looks for: work that is stored and that no message stands for any more."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, text

from owlpost.db import correlation

#: Pending, due, with no living lease, and not put on a queue lately. Marked as queued in the same statement, so that two
#: sweeps at once queue nothing twice; `skip locked` leaves to a worker what it is just claiming.
TAKE_STUCK_DELIVERIES = text(f"""
    with stuck as (
      select d.id
      from notification_deliveries d
      where d.status = 'pending' and d.queued_at <= :before
        and (d.next_attempt_at is null or d.next_attempt_at <= :before)
        and (d.leased_until is null or d.leased_until <= :now)
      order by d.queued_at
      limit :limit
      for update skip locked
    )
    update notification_deliveries d
    set queued_at = :now
    from stuck, notifications n
    where d.id = stuck.id and n.id = d.notification_id
    returning d.id, d.channel, coalesce(n.team_id, n.request_id) as queue_group, {correlation.OF_NOTIFICATION} as correlation_id
""")

TAKE_STUCK_CHUNKS = text(f"""
    with stuck as (
      select request_id, number
      from notification_request_chunks
      where stored_at is null and queued_at <= :before
      order by queued_at
      limit :limit
      for update skip locked
    )
    update notification_request_chunks c
    set queued_at = :now
    from stuck, notification_requests r
    where c.request_id = stuck.request_id and c.number = stuck.number and r.id = c.request_id
    returning c.request_id, c.number, coalesce(r.team_id, r.id) as queue_group,
              {correlation.OF_RECEIPT} as correlation_id
""")

IS_WORK_LEFT = text("""
    select exists (select from notification_deliveries where status = 'pending')
        or exists (select from notification_request_chunks where stored_at is null)
""")


@dataclass(frozen=True, slots=True)
class StuckDelivery:
    id: UUID
    channel: str
    group: UUID
    correlation_id: str


@dataclass(frozen=True, slots=True)
class StuckChunk:
    request_id: UUID
    number: int
    group: UUID
    correlation_id: str


def take_stuck_deliveries(
    connection: Connection, *, before: datetime, now: datetime, limit: int
) -> list[StuckDelivery]:
    """Those last queued, and due, by `before`; from now on they count as queued again."""
    rows = connection.execute(TAKE_STUCK_DELIVERIES, {"before": before, "now": now, "limit": limit})
    return [StuckDelivery(row.id, row.channel, row.queue_group, row.correlation_id) for row in rows]


def take_stuck_chunks(connection: Connection, *, before: datetime, now: datetime, limit: int) -> list[StuckChunk]:
    """The same for chunks of large teams."""
    rows = connection.execute(TAKE_STUCK_CHUNKS, {"before": before, "now": now, "limit": limit})
    return [StuckChunk(row.request_id, row.number, row.queue_group, row.correlation_id) for row in rows]


def is_work_left(connection: Connection) -> bool:
    """Whether anything may yet get stuck: a delivery is pending, if only for its retry, or a chunk is not written."""
    return bool(connection.execute(IS_WORK_LEFT).scalar_one())
