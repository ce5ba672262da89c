"""Take stuck work: rows that are pending and for which no message waits any more."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, text

from owlpost.db import correlation
from owlpost.db.canary import not_canary
from owlpost.db.judgement import IS_HELD, OPEN_HOLDS, SOON
from owlpost.db.pending import all_pending
from owlpost.domain.reasons import Reason
from owlpost.domain.value import dataclass

#: Later than the moment that the run looks back to, even if no time has passed: a run takes each row once.
QUEUED_NOW = "greatest(now(), cast(:before as timestamptz) + interval '1 microsecond')"

#: Pending, due, without a living lease, and not queued lately. The same statement marks the rows as queued, so that two
#: sweeps at the same time queue nothing twice. `skip locked` leaves to a worker the rows that it is claiming.
TAKE_STUCK_DELIVERIES = text(f"""
    with stuck as (
      select d.id
      from notification_deliveries d
      where {all_pending()} and d.queued_at <= :before and d.waits_for is distinct from '{Reason.HELD}'
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

#: Deliveries that wait by a rule, or for their turn after a hold, and come due before their next message could be late.
TAKE_DUE_SOON = text(f"""
    with soon as (
      select d.id
      from notification_deliveries d
      where d.status = 'pending' and d.waits_for <> '{Reason.HELD}' and d.next_attempt_at <= {SOON}
        and d.queued_at < d.next_attempt_at
      order by d.next_attempt_at
      limit :limit
      for update skip locked
    )
    update notification_deliveries d
    set queued_at = d.next_attempt_at
    from soon, notifications n
    where d.id = soon.id and n.id = d.notification_id
    returning d.id, d.channel, coalesce(n.team_id, n.request_id) as queue_group,
              {correlation.OF_NOTIFICATION} as correlation_id,
              greatest(extract(epoch from d.next_attempt_at - now()), 0) as delay
""")

#: For how long the oldest delivery of each channel has been due: since it was made, or since its next attempt was to be.
OLDEST_DUE = text(f"""
    select channel, extract(epoch from now() - min(coalesce(next_attempt_at, allowed_at, created_at))) as seconds
    from notification_deliveries d
    where {all_pending()} and waits_for is distinct from '{Reason.HELD}'
      and (next_attempt_at is null or next_attempt_at <= now())
      and (leased_until is null or leased_until <= now()) and {not_canary("notification_id")}
    group by channel
""")

#: The one clock: rows are dated by it, and a worker's own may be off.
DATABASE_NOW = text("select now()")

#: Work that a message stands for or should, and when the first comes due that has none: a delivery that waits by a rule or
#: whose hold ends by itself, or a mail about a dead destination. What is only held leaves no work.
FIND_WORK_LEFT = text(f"""
    with {OPEN_HOLDS}
    select exists (
             select from notification_deliveries d
             where {all_pending()} and (waits_for is null or waits_for <> '{Reason.HELD}' and queued_at >= next_attempt_at)
           ) or exists (select from notification_request_chunks where stored_at is null)
           or exists (select from notification_outbox) or exists (
             select from notification_deliveries d
             join notifications n on n.id = d.notification_id
             left join notification_requests r on r.id = n.request_id
             where d.status = 'pending' and d.waits_for = '{Reason.HELD}' and not {IS_HELD}
           ) as is_left,
           least(
             (select min(next_attempt_at) from notification_deliveries
              where status = 'pending' and waits_for <> '{Reason.HELD}' and queued_at < next_attempt_at),
             (select min(death_mail_due_at) from destinations where state = 'dead'),
             (select min(until) from holds
              where ended_at is null and until > now() and exists (
                select from notification_deliveries where status = 'pending' and waits_for = '{Reason.HELD}'
              ))
           ) as due
""")


NOTE_SWEEP = text("""
    insert into schedule_runs (name, ran_at) values ('sweep', now())
    on conflict (name) do update set ran_at = excluded.ran_at
""")


@dataclass(frozen=True, slots=True)
class StuckDelivery:
    id: UUID
    channel: str
    group: UUID
    correlation_id: str
    #: Seconds until it comes due.
    delay: float = 0.0


@dataclass(frozen=True, slots=True)
class WorkLeft:
    """Whether a sweep is soon needed again, and when the first delivery comes due that no message stands for."""

    is_left: bool
    due: datetime | None


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


def take_due_soon(connection: Connection, *, limit: int) -> list[StuckDelivery]:
    """Return deliveries whose wait ends within the longest delay of a message, and mark them as queued for then."""
    rows = connection.execute(TAKE_DUE_SOON, {"limit": limit})
    return [StuckDelivery(row.id, row.channel, row.queue_group, row.correlation_id, float(row.delay)) for row in rows]


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


def note_sweep(connection: Connection) -> None:
    """Keep that a sweep has run to its end."""
    connection.execute(NOTE_SWEEP)


def work_left(connection: Connection) -> WorkLeft:
    """Return what may get stuck or come due later: pending deliveries, even those that wait, chunks, and outbox rows."""
    row = connection.execute(FIND_WORK_LEFT).one()
    return WorkLeft(row.is_left, row.due)
