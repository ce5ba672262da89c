"""Let held deliveries go: those that no open hold stops any more come due one after another, at a rate."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, text

from owlpost.db import correlation, judgement, rows
from owlpost.db.stopping import WAS_REFUSED
from owlpost.domain.reasons import Reason
from owlpost.domain.value import dataclass

#: Providers remember an idempotency key for 24 hours: `services.delivery.attempt` stops trusting that an hour earlier.
IDEMPOTENCY_SECONDS = 23 * 3_600

#: The members of a frozen batch come due together. One that was refused as a whole, and whose key the provider has forgotten
#: meanwhile, is dissolved: its members go out in a new one.
LET_GO = text(f"""
    with {judgement.OPEN_HOLDS},
    free as materialized (
      select d.id, coalesce(d.batch_id, d.id) as batch, coalesce(n.team_id, n.request_id) as queue_group,
             {correlation.OF_NOTIFICATION} as correlation_id,
             coalesce(d.batched_at < now() - make_interval(secs => :window_seconds) and {WAS_REFUSED}, false) as dissolves
      from notification_deliveries d
      join notifications n on n.id = d.notification_id
      left join notification_requests r on r.id = n.request_id
      where d.status = 'pending' and d.waits_for = '{Reason.HELD}' and not {judgement.IS_HELD}
      order by d.id
      limit :limit
      for update of d skip locked
    ),
    placed as materialized (
      select numbered.*, cast(:now as timestamptz) + make_interval(
          secs => (:before + min(place) over (partition by batch) - 1) / cast(:rate as float8)
        ) as due
      from (select free.*, row_number() over (order by id) as place from free) numbered
    )
    update notification_deliveries d
    set waits_for = '{Reason.LET_GO}', next_attempt_at = placed.due,
        queued_at = case when placed.due <= {judgement.SOON} then placed.due else now() end,
        batch_id = case when not dissolves then d.batch_id end,
        batch_size = case when not dissolves then d.batch_size end,
        batched_at = case when not dissolves then d.batched_at end
    from placed
    where d.id = placed.id
    returning d.id, d.channel, placed.queue_group, placed.correlation_id,
              case when d.queued_at = d.next_attempt_at then greatest(extract(epoch from placed.due - now()), 0) end as delay
""")


@dataclass(frozen=True, slots=True)
class LetGo:
    """A delivery that was let go, due in `delay` seconds; None if that is too long for a message, and the sweep queues it."""

    id: UUID
    channel: str
    queue_group: UUID
    correlation_id: str
    delay: float | None


def let_go(connection: Connection, *, limit: int, before: int, rate: float, now: datetime) -> list[LetGo]:
    """Let up to `limit` held deliveries go, due at `rate` a second after the `before` that went earlier in this run."""
    values: dict[str, object] = {
        "limit": limit,
        "before": before,
        "rate": rate,
        "now": now,
        "window_seconds": IDEMPOTENCY_SECONDS,
    }
    return rows.values(LetGo, connection.execute(LET_GO, values))
