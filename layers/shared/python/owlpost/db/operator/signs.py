"""Read the signs by which an operator knows an incident: what is lost, repeated in vain, a storm, a wave of bounces."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, text

from owlpost.db import judgement, rows
from owlpost.db.canary import not_canary
from owlpost.db.pending import all_pending
from owlpost.domain.canary import CANARY_ID
from owlpost.domain.reasons import Reason
from owlpost.domain.value import dataclass

#: Of one type to one person among what is pending: more is a producer that repeats itself.
MOST_TO_ONE_PERSON = 20
#: Requests that are listed while they go out.
MOST_UNDER_WAY = 5
#: Addresses that are named: more are a wave of bounces.
MOST_SUPPRESSED = 5

_DUE_SINCE = "greatest(d.created_at, d.allowed_at, d.next_attempt_at, d.leased_until, d.redriven_at)"
_IS_FREE = f"(d.leased_until is null or d.leased_until <= now()) and d.waits_for is distinct from '{Reason.HELD}'"

#: `untaken` is due for a minute and no worker has it. `repeated` was tried in vain, twice or for ten minutes.
FIND_TROUBLED = text(f"""
    with {judgement.OPEN_HOLDS},
    pending as (
      select d.channel, d.error, d.attempted_at, {_DUE_SINCE} as due_since,
             {_DUE_SINCE} <= now() - interval '1 minute' and {_IS_FREE} as is_untaken,
             d.leased_until > now() as is_leased,
             d.error <> '{Reason.PROVIDER_PAUSED}' and d.waits_for is null
               and (d.attempts > 1 or d.created_at <= now() - interval '10 minutes') as is_repeated
      from notification_deliveries d
      join notifications n on n.id = d.notification_id
      left join notification_requests r on r.id = n.request_id
      where {all_pending()} and n.user_id is distinct from '{CANARY_ID}' and not {judgement.IS_HELD}
    ),
    latest as (
      select channel, max(attempted_at) as sent_at from notification_deliveries d
      where status = 'sent' and id >= cast(:first_id as uuid) and {not_canary("d.notification_id")}
      group by channel
    ),
    worst as (
      select distinct on (channel) channel, error from pending where is_repeated
      group by channel, error order by channel, count(*) desc, error
    )
    select channel, count(*) filter (where is_untaken) as untaken,
           min(due_since) filter (where is_untaken) as untaken_since,
           count(*) filter (where is_leased) as leased, max(attempted_at) as attempted_at,
           count(*) filter (where is_repeated) as repeated, min(worst.error) as error,
           coalesce(max(latest.sent_at) > min(attempted_at) filter (where is_repeated), false) as others_pass
    from pending
    left join latest using (channel)
    left join worst using (channel)
    group by channel
    order by channel
""")

#: What is pending and no hold stops, by who sent it.
FIND_STORMS = text(f"""
    with {judgement.OPEN_HOLDS},
    told as (
      select n.type, r.producer, n.user_id, count(*) as number
      from notification_deliveries d
      join notifications n on n.id = d.notification_id
      left join notification_requests r on r.id = n.request_id
      where {all_pending()} and n.user_id is distinct from '{CANARY_ID}' and not {judgement.IS_HELD}
      group by n.type, r.producer, n.user_id
    )
    select type, producer, sum(number) as deliveries, count(*) as people, max(number) as most
    from told group by type, producer
    having max(number) > {MOST_TO_ONE_PERSON}
    order by sum(number) desc
""")

FIND_UNDER_WAY = text(f"""
    select r.id, r.type, min(n.title) as title, r.producer, r.notifications, count(*) as pending
    from notification_deliveries d
    join notifications n on n.id = d.notification_id
    join notification_requests r on r.id = n.request_id
    where {all_pending()} and n.user_id is distinct from '{CANARY_ID}'
    group by r.id
    order by count(*) desc
    limit {MOST_UNDER_WAY}
""")

#: Mails of the last hour, and addresses that were given up meanwhile.
COUNT_BOUNCES = text(f"""
    select
      (select count(*) from notification_deliveries d
       where channel = 'email' and status = 'sent' and id >= cast(:first_id as uuid)
         and {not_canary("d.notification_id")}) as mails,
      count(*) filter (where reason <> 'complained') as bounced, count(*) filter (where reason = 'complained') as complained
    from email_suppressions where created_at >= now() - interval '1 hour'
""")

LIST_SUPPRESSED = text(f"""
    select address, reason, created_at from email_suppressions
    where created_at >= now() - interval '1 hour'
    order by created_at desc
    limit {MOST_SUPPRESSED}
""")


@dataclass(frozen=True, slots=True)
class Troubled:
    """A channel's pending deliveries. `others_pass` says that one was sent after the first of the `repeated` was tried."""

    channel: str
    untaken: int
    untaken_since: datetime | None
    leased: int
    attempted_at: datetime | None
    repeated: int
    error: str | None
    others_pass: bool


@dataclass(frozen=True, slots=True)
class Storm:
    """`most` is the largest number of pending deliveries of this type to one person."""

    type: str
    producer: str | None
    deliveries: int
    people: int
    most: int


@dataclass(frozen=True, slots=True)
class UnderWay:
    """A request of which deliveries are pending."""

    id: UUID
    type: str
    #: By its words an operator sees that they are wrong.
    title: str
    producer: str | None
    notifications: int
    pending: int


@dataclass(frozen=True, slots=True)
class Suppressed:
    """An address that gets no mail since the last hour."""

    address: str
    reason: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Bounces:
    mails: int
    bounced: int
    complained: int


@dataclass(frozen=True, slots=True)
class Signs:
    troubled: list[Troubled]
    storms: list[Storm]
    under_way: list[UnderWay]
    bounces: Bounces
    suppressed: list[Suppressed]


def read(connection: Connection, *, first_id: str) -> Signs:
    """Return the signs of this moment; `first_id` is the lowest id of the last hour."""
    since = {"first_id": first_id}
    return Signs(
        troubled=rows.values(Troubled, connection.execute(FIND_TROUBLED, since)),
        storms=rows.values(Storm, connection.execute(FIND_STORMS)),
        under_way=rows.values(UnderWay, connection.execute(FIND_UNDER_WAY)),
        bounces=rows.values(Bounces, connection.execute(COUNT_BOUNCES, since))[0],
        suppressed=rows.values(Suppressed, connection.execute(LIST_SUPPRESSED)),
    )
