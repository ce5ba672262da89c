"""Read what an operator needs to see at one look: deliveries by channel and status, the rate, open pauses."""

from datetime import datetime

from sqlalchemy import Connection, text

from owlpost.db import rows
from owlpost.db.canary import not_canary
from owlpost.db.pending import all_pending
from owlpost.domain.reasons import Reason
from owlpost.domain.value import dataclass

#: Canaries are counted by themselves.
_PEOPLE = not_canary("d.notification_id")
#: Pending deliveries of any age, and the ended ones that were enqueued in the last hour: the primary key bounds the search.
COUNT_BY_STATUS = text(f"""
    select channel, status, error, count(*) as deliveries
    from (
      select d.channel, d.status, coalesce(d.waits_for, d.error) as error from notification_deliveries d
      where {all_pending()} and {_PEOPLE}
      union all
      select d.channel, d.status, d.error from notification_deliveries d
      where d.status <> 'pending' and d.id >= cast(:first_id as uuid) and d.created_at >= now() - interval '1 hour'
        and {_PEOPLE}
    ) delivery
    group by channel, status, error
    order by channel, status, count(*) desc, error
""")

#: `sent_lately` counts deliveries that ended `sent` in the last ten minutes, of those enqueued in the last hour;
#: `sent_just_now` those of the last minute.
SUM_PENDING = text(f"""
    with pending as (
      select channel, count(*) as pending, min(created_at) as oldest, max(next_attempt_at) as last_due,
             count(*) filter (
               where (next_attempt_at is null or next_attempt_at <= now()) and waits_for is distinct from '{Reason.HELD}'
             ) as due,
             count(*) filter (where leased_until > now()) as leased,
             count(*) filter (where waits_for = '{Reason.HELD}') as held,
             count(*) filter (where waits_for <> '{Reason.HELD}') as waiting,
             count(*) filter (
               where greatest(created_at, allowed_at, next_attempt_at) <= now() - interval '1 hour'
                 and waits_for is distinct from '{Reason.HELD}'
                 and (leased_until is null or leased_until <= now())
             ) as overdue
      from notification_deliveries d
      where {all_pending()} and {_PEOPLE}
      group by channel
    ),
    sent as (
      select channel, count(*) as sent_lately,
             count(*) filter (where attempted_at >= now() - interval '1 minute') as sent_just_now
      from notification_deliveries d
      where status = 'sent' and id >= cast(:first_id as uuid) and attempted_at >= now() - interval '10 minutes'
        and {_PEOPLE}
      group by channel
    )
    select channel, coalesce(pending, 0) as pending, oldest, last_due, coalesce(due, 0) as due, coalesce(leased, 0) as leased,
           coalesce(held, 0) as held, coalesce(waiting, 0) as waiting,
           coalesce(overdue, 0) as overdue, coalesce(sent_lately, 0) as sent_lately,
           coalesce(sent_just_now, 0) as sent_just_now
    from pending
    full join sent using (channel)
    order by channel
""")

LIST_OPEN_PAUSES = text("""
    select channel, provider, reason, opened_at, probe_at from provider_pauses where closed_at is null
    order by opened_at
""")
FIND_NOW = text("select now()")


@dataclass(frozen=True, slots=True)
class StatusCount:
    channel: str
    status: str
    error: str | None
    deliveries: int


@dataclass(frozen=True, slots=True)
class ChannelLoad:
    """`due` deliveries wait for a worker, `leased` ones have one, `overdue` ones should have ended an hour ago.

    `held` ones are stopped by an operator's hold; `waiting` ones wait by a rule, such as quiet hours, for their time.
    """

    channel: str
    pending: int
    due: int
    leased: int
    held: int
    waiting: int
    overdue: int
    oldest: datetime | None
    last_due: datetime | None
    sent_lately: int
    sent_just_now: int


@dataclass(frozen=True, slots=True)
class Pause:
    """A provider that refuses our key, topic or account: deliveries wait for it, but for one probe a minute."""

    channel: str
    provider: str
    reason: str
    opened_at: datetime
    probe_at: datetime


def count_by_status(connection: Connection, *, first_id: str) -> list[StatusCount]:
    """Return counts by channel, status and reason; `first_id` is the lowest id of the last hour."""
    return rows.values(StatusCount, connection.execute(COUNT_BY_STATUS, {"first_id": first_id}))


def loads(connection: Connection, *, first_id: str) -> list[ChannelLoad]:
    """Return the pending work of each channel, and its rate."""
    return rows.values(ChannelLoad, connection.execute(SUM_PENDING, {"first_id": first_id}))


def open_pauses(connection: Connection) -> list[Pause]:
    """Return the providers for which deliveries wait, oldest pause first."""
    return rows.values(Pause, connection.execute(LIST_OPEN_PAUSES))


def database_time(connection: Connection) -> datetime:
    """Return the database's clock."""
    now: datetime = connection.execute(FIND_NOW).scalar_one()
    return now
