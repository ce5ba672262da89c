"""Read what ended in each minute of the last hour, and how long it took."""

from datetime import datetime

from sqlalchemy import Connection, text

from owlpost.db import rows
from owlpost.db.canary import not_canary
from owlpost.domain.value import dataclass

#: Of those enqueued in the last hour: the primary key bounds the search. The time is that from enqueueing to the end.
COUNT_BY_MINUTE = text(f"""
    select minute, channel, count(*) filter (where status = 'sent') as sent,
           count(*) filter (where status = 'failed') as failed,
           percentile_cont(0.5) within group (order by seconds) as p50,
           percentile_cont(0.95) within group (order by seconds) as p95
    from (
      select date_trunc('minute', attempted_at) as minute, channel, status,
             extract(epoch from attempted_at - greatest(created_at, allowed_at, redriven_at)) as seconds
      from notification_deliveries d
      where status in ('sent', 'failed') and id >= cast(:first_id as uuid) and attempted_at >= now() - interval '1 hour'
        and {not_canary("d.notification_id")}
    ) ended
    group by minute, channel
    order by minute, channel
""")


@dataclass(frozen=True, slots=True)
class Rate:
    """Deliveries of a channel that ended in one minute; `p50` and `p95` are seconds from enqueueing to the end."""

    minute: datetime
    channel: str
    sent: int
    failed: int
    p50: float
    p95: float


def by_minute(connection: Connection, *, first_id: str) -> list[Rate]:
    """Return the minutes of the last hour in which something ended; `first_id` is the lowest id of that hour."""
    return rows.values(Rate, connection.execute(COUNT_BY_MINUTE, {"first_id": first_id}))
