"""Bring forward what waits for a retry. What waits by a rule, or for its turn after a hold, is left alone."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import Connection, text

from owlpost.db import correlation, rows
from owlpost.db.operator import selection
from owlpost.db.pending import all_pending
from owlpost.domain.hand_commands import HurryPending
from owlpost.domain.value import dataclass


def _meant(where: str) -> str:
    """Return the parts that find what is meant: with one member of a frozen batch all of its members.

    A delivery with a living lease has a worker, and a batch has one lease: neither is touched.
    """
    return f"""
    matched as materialized (
      select d.id, d.batch_id
      from notification_deliveries d
      join notifications n on n.id = d.notification_id
      where {all_pending()} and d.waits_for is null and d.next_attempt_at > now()
        and (d.leased_until is null or d.leased_until <= now()) and {where}
      order by d.id
      limit :limit
    ),
    meant as materialized (
      select id from matched
      union
      select d.id from notification_deliveries d
      where d.status = 'pending' and d.waits_for is null and d.batch_id in (select batch_id from matched)
    )"""


def count_waiting(where: str) -> str:
    return f"""
    with {_meant(where)}
    select d.channel, n.type, d.error, count(*) as deliveries, count(distinct coalesce(d.batch_id, d.id)) as batches
    from meant
    join notification_deliveries d on d.id = meant.id
    join notifications n on n.id = d.notification_id
    group by d.channel, n.type, d.error
    order by count(*) desc, d.channel, n.type, d.error
"""


def take_waiting(where: str) -> str:
    """Return the statement that makes them due, one after another. Neither attempts nor age change."""
    return f"""
    with {_meant(where)},
    locked as materialized (
      select d.id, coalesce(d.batch_id, d.id) as batch
      from notification_deliveries d
      where d.id in (select id from meant) and d.status = 'pending' and d.waits_for is null
        and (d.leased_until is null or d.leased_until <= now())
      order by d.id
      for update of d
    ),
    placed as materialized (
      select numbered.*, now() + make_interval(
          secs => (min(place) over (partition by batch) - 1) / cast(:rate as float8)
        ) as due
      from (select locked.*, row_number() over (order by id) as place from locked) numbered
    )
    update notification_deliveries d
    set next_attempt_at = placed.due, queued_at = placed.due
    from placed, notifications n
    where d.id = placed.id and n.id = d.notification_id
      -- never later than it would have gone by itself
      and d.next_attempt_at > placed.due
    returning d.id, d.channel, n.type, d.error, placed.batch, extract(epoch from placed.due - now()) as due_in,
              coalesce(n.team_id, n.request_id) as queue_group, {correlation.OF_NOTIFICATION} as correlation_id
"""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A count of similar deliveries that wait for a retry, and of the batches that they are in; each mail alone is one."""

    channel: str
    type: str
    error: str | None
    deliveries: int
    batches: int


@dataclass(frozen=True, slots=True)
class Hurried:
    id: UUID
    channel: str
    type: str
    error: str | None
    batch: UUID
    due_in: float
    queue_group: UUID
    correlation_id: str


def count(connection: Connection, command: HurryPending) -> list[Waiting]:
    """Return what `take` would bring forward."""
    return rows.values(Waiting, connection.execute(text(count_waiting(selection.where(command))), _values(command)))


def take(connection: Connection, command: HurryPending) -> list[Hurried]:
    """Make up to `limit` waiting deliveries due at the command's rate, each frozen batch as a whole."""
    values = {**_values(command), "rate": command.rate}
    return rows.values(Hurried, connection.execute(text(take_waiting(selection.where(command))), values))


def _values(command: HurryPending) -> Mapping[str, object]:
    return {**selection.values(command), "limit": command.limit}
