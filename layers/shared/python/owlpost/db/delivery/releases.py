"""Queue again what waited for a provider that takes our calls again, at a bounded rate.

The settle statement that closes a pause sets its `released_to`; see `pauses`. From then on, each worker of the channel releases
a part after its own batch, one worker at a time, until each waiting delivery has been looked at.
"""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Connection, text

from owlpost.db import rows
from owlpost.db.pending import all_pending
from owlpost.domain.reasons import Reason
from owlpost.domain.value import dataclass

#: Released deliveries are due within this many seconds: SQS delays a message by at most 15 minutes.
HORIZON = 600

#: Each row is looked at once, in the order of ids: a delivery that must wait for another provider too comes round once.
#: A frozen batch is due at one moment, and so is what goes out as one. Rows are locked in the order of their ids, as in the
#: claim.
RELEASE_DELIVERIES = text(f"""
    with pause as materialized (
      select id, reason, released_after, greatest(now(), released_to) as begins
      from provider_pauses
      where channel = :channel and released_to < now() + make_interval(secs => {HORIZON})
      order by id
      limit 1
      for update skip locked
    ),
    chosen as materialized (
      select d.id, d.batch_id, d.gathered_in
      from notification_deliveries d, pause
      where d.channel = :channel and {all_pending()} and d.next_attempt_at > now()
        and d.error in ('{Reason.PROVIDER_PAUSED}', pause.reason)
        and (pause.released_after is null or d.id > pause.released_after)
      order by d.id
      limit :limit
    ),
    whole as materialized (
      select id from chosen
      union
      select member.id
      from (select distinct batch_id from chosen) frozen
      cross join lateral (
        select id from notification_deliveries where batch_id = frozen.batch_id and status = 'pending' offset 0
      ) member
      union
      select along.id
      from (select distinct gathered_in from chosen) gathered
      cross join lateral (select * from notification_deliveries where gathered_in = gathered.gathered_in offset 0) along
      where along.status = 'pending' and along.channel = :channel
    ),
    locked as materialized (
      select d.id, coalesce(d.batch_id, d.gathered_in, d.id) as batch
      from notification_deliveries d
      join whole on whole.id = d.id
      where d.status = 'pending' and (d.leased_until is null or d.leased_until <= now())
      order by d.id
      for update of d
    ),
    numbered as (
      select id, batch, row_number() over (order by batch) - 1 as place from locked
    ),
    placed as materialized (
      select id, make_interval(secs => min(place) over (partition by batch) / cast(:per_second as float8)) as later
      from numbered
    ),
    released as (
      update notification_deliveries d
      set next_attempt_at = pause.begins + placed.later, queued_at = pause.begins + placed.later, error = null
      from placed, pause, notifications n
      where d.id = placed.id and n.id = d.notification_id
      returning d.id, coalesce(n.team_id, n.request_id) as queue_group, extract(epoch from d.next_attempt_at - now()) as delay
    ),
    moved as (
      update provider_pauses p
      set released_to = case when whole_chunk then begins + make_interval(secs => number / cast(:per_second as float8)) end,
          released_after = case when whole_chunk then last end
      from pause, (
        select (select count(*) from locked) as number, count(*) = :limit as whole_chunk,
               cast(max(cast(id as text)) as uuid) as last
        from chosen
      ) progress
      where p.id = pause.id
    )
    select id, queue_group, delay from released order by delay, id
""")


@dataclass(frozen=True, slots=True)
class Released:
    """A delivery that is due in `delay` seconds."""

    id: UUID
    queue_group: UUID
    delay: float


def release(connection: Connection, channel: str, *, limit: int, per_second: float) -> Sequence[Released]:
    """Make the next part of what waits due. Return it; nothing if another worker is at it, or all have been looked at."""
    values = {"channel": channel, "limit": limit, "per_second": per_second}
    return rows.values(Released, connection.execute(RELEASE_DELIVERIES, values))
