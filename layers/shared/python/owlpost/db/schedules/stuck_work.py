"""Take stuck work: rows that are pending and for which no message waits any more."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, text

from owlpost.db import correlation

#: Later than the moment that the run looks back to, even if no time has passed: a run takes each row once.
QUEUED_NOW = "greatest(now(), cast(:before as timestamptz) + interval '1 microsecond')"

#: Pending, due, without a living lease, and not queued lately. The same statement marks the rows as queued, so that two
#: sweeps at the same time queue nothing twice. `skip locked` leaves to a worker the rows that it is claiming.
TAKE_STUCK_DELIVERIES = text(f"""
    with stuck as (
      select d.id
      from notification_deliveries d
      where d.status = 'pending' and d.queued_at <= :before
        and (d.next_attempt_at is null or d.next_attempt_at <= :before)
        and (d.leased_until is null or d.leased_until <= now())
      order by d.queued_at
      limit :limit
      for update skip locked
    )
    update notification_deliveries d
    set queued_at = {QUEUED_NOW}
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
    set queued_at = {QUEUED_NOW}
    from stuck, notification_requests r
    where c.request_id = stuck.request_id and c.number = stuck.number and r.id = c.request_id
    returning c.request_id, c.number, coalesce(r.team_id, r.id) as queue_group,
              {correlation.OF_RECEIPT} as correlation_id
""")

#: Rows of the outbox that nobody has taken, as their writer's nudge was lost or never sent.
IS_OUTBOX_DUE = text("select exists (select from notification_outbox where not_before <= now())")

#: For how long the oldest delivery of each channel has been due: since it was made, or since its next attempt was to be.
OLDEST_DUE = text("""
    select channel, extract(epoch from now() - min(coalesce(next_attempt_at, created_at))) as seconds
    from notification_deliveries
    where status = 'pending' and (next_attempt_at is null or next_attempt_at <= now())
      and (leased_until is null or leased_until <= now())
    group by channel
""")

#: The one clock: rows are dated by it, and a worker's own may be off.
DATABASE_NOW = text("select now()")

IS_WORK_LEFT = text("""
    select exists (select from notification_deliveries where status = 'pending')
        or exists (select from notification_request_chunks where stored_at is null)
        or exists (select from notification_outbox)
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


def database_now(connection: Connection) -> datetime:
    moment: datetime = connection.execute(DATABASE_NOW).scalar_one()
    return moment


def take_stuck_deliveries(connection: Connection, *, before: datetime, limit: int) -> list[StuckDelivery]:
    """Return deliveries that were last queued, and due, by `before`, and mark them as queued now."""
    rows = connection.execute(TAKE_STUCK_DELIVERIES, {"before": before, "limit": limit})
    return [StuckDelivery(row.id, row.channel, row.queue_group, row.correlation_id) for row in rows]


def take_stuck_chunks(connection: Connection, *, before: datetime, limit: int) -> list[StuckChunk]:
    """Return chunks of large teams that were last queued by `before`, and mark them as queued now."""
    rows = connection.execute(TAKE_STUCK_CHUNKS, {"before": before, "limit": limit})
    return [StuckChunk(row.request_id, row.number, row.queue_group, row.correlation_id) for row in rows]


def is_outbox_due(connection: Connection) -> bool:
    """Return whether a row of the outbox waits to be taken."""
    return bool(connection.execute(IS_OUTBOX_DUE).scalar_one())


def oldest_due(connection: Connection) -> dict[str, float]:
    """Return the age of the oldest due delivery by channel, in seconds; a channel without one is left out."""
    return {row.channel: float(row.seconds) for row in connection.execute(OLDEST_DUE)}


def is_work_left(connection: Connection) -> bool:
    """Return whether any work may get stuck later: a pending delivery, even one that waits, a chunk, or an outbox row."""
    return bool(connection.execute(IS_WORK_LEFT).scalar_one())
