"""Start failed deliveries again. The dry run and the real run share one set of rules."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, text

from owlpost.db import correlation, rows
from owlpost.db.mailbox import is_suppressed
from owlpost.db.operator import selection
from owlpost.domain.canary import CANARY_ID
from owlpost.domain.channels import NOTIFICATION_CHANNELS
from owlpost.domain.commands import OUTCOME_UNKNOWN, RedriveDeliveries
from owlpost.domain.types import NOTIFICATION_TYPE_META
from owlpost.domain.value import dataclass

DATABASE_NOW = text("select now()")

#: Refused deliveries are counted up to this number.
MOST_REFUSED = 10_001

COUNT_KNOWN_DELIVERIES = text("""
    select count(*) from notification_deliveries where id = any(cast(string_to_array(:delivery_ids, ',') as uuid[]))
""")


def judge_failed_deliveries(where: str, *, lock: str = "") -> str:
    """Return the failed deliveries that a condition selects, each with the reason why it is not sent again after all.

    Preferences and suppressions are read as they are now. `chosen` counts only if the preferences hold true or false there,
    as in `db.enqueue.fan_out`.
    """
    return f"""
    with matched as materialized (
      select d.id, d.channel, d.error, n.type, n.user_id, coalesce(n.team_id, n.request_id) as queue_group,
             {correlation.OF_NOTIFICATION} as correlation_id
      from notification_deliveries d
      join notifications n on n.id = d.notification_id
      where d.status = 'failed' and n.user_id is distinct from '{CANARY_ID}'
        and (:takes_unknown or d.error is distinct from '{OUTCOME_UNKNOWN}') and {where}
      order by d.attempted_at, d.id
      limit :limit
      {lock}
    ),
    judged as materialized (
      select matched.*, case
          when jsonb_typeof(person.chosen) = 'boolean' and not cast(person.chosen as boolean) then 'preference_off'
          when matched.user_id is not null and jsonb_typeof(person.chosen) is distinct from 'boolean'
            and not coalesce(kind.on_by_default, false)
            then 'default_off'
          when matched.channel = any(string_to_array(:by_address, ',')) and {is_suppressed("person.email")}
            then 'suppressed'
        end as skip
      from matched
      left join lateral (
        select u.email,
               u.preferences -> 'notifications' -> 'types' -> matched.type -> matched.channel as chosen
        from users u
        where u.id = matched.user_id
      ) person on true
      left join unnest(
        string_to_array(:types, ','), string_to_array(:channels, ','), cast(string_to_array(:defaults, ',') as boolean[])
      ) as kind (type, channel, on_by_default) on kind.type = matched.type and kind.channel = matched.channel
    )
"""


def count_failed_deliveries(where: str) -> str:
    return f"""{judge_failed_deliveries(where)}
    select channel, type, error, skip, count(*) as deliveries
    from judged
    group by channel, type, error, skip
    order by count(*) desc, channel, type, error, skip
"""


def take_failed_deliveries(where: str) -> str:
    """Return the statement that starts failed deliveries again.

    It dissolves the batch, so that the next one is frozen with the addresses of today, and what was gathered at the end
    of quiet hours goes one by one. Of a delivery's devices, only those
    that received the push and those that are dead stay settled.
    """
    return f"""{judge_failed_deliveries(where, lock="for update of d skip locked")},
    placed as materialized (
      select judged.*, cast(:started as timestamptz) + make_interval(
          secs => (:before + row_number() over (partition by skip is null order by id) - 1) / cast(:rate as float8)
        ) as due
      from judged
    ),
    taken as (
      update notification_deliveries d
      set status = case when skip is null then 'pending' else 'skipped' end,
          error = skip,
          attempts = case when skip is null then 0 else d.attempts end,
          redriven_at = case when skip is null then :started else d.redriven_at end,
          queued_at = case when skip is null then placed.due else d.queued_at end,
          next_attempt_at = case when skip is null then placed.due end,
          address = case when skip is not null then d.address end,
          lease_id = null, leased_until = null, batch_id = null, batch_size = null, batched_at = null,
          gathered_in = null,
          attempt_metadata = d.attempt_metadata || jsonb_build_object(
            'history', case jsonb_typeof(d.attempt_metadata -> 'history')
              when 'array' then d.attempt_metadata -> 'history' else '[]'
            end || jsonb_build_array(jsonb_build_object(
              'at', cast(:started as timestamptz),
              'status', case when skip is null then 'redriven' else 'skipped' end,
              'reason', coalesce(skip, d.error)
            ))
          ) || case jsonb_typeof(d.attempt_metadata -> 'devices')
            when 'object' then jsonb_build_object('devices', (
              select coalesce(jsonb_object_agg(device.key, device.value || case
                  when device.value ->> 'outcome' in ('delivered', 'dead') then '{{}}'
                  else jsonb_build_object('outcome', 'transient')
                end), '{{}}')
              from jsonb_each(d.attempt_metadata -> 'devices') device
            ))
            else '{{}}'
          end
      from placed
      where d.id = placed.id
      returning d.id, d.channel, extract(epoch from d.next_attempt_at - now()) as due_in, placed.type,
                placed.error as error, placed.skip, placed.queue_group, placed.correlation_id
    )
    select * from taken order by due_in, id
"""


def count_refused_deliveries(where: str, or_status: str) -> str:
    """Return the statement that counts matches that are refused, by status or as outcome unknown, up to MOST_REFUSED."""
    return f"""
    select reason, count(*) as deliveries
    from (
      select case d.status when 'failed' then '{OUTCOME_UNKNOWN}' else d.status end as reason
      from notification_deliveries d
      join notifications n on n.id = d.notification_id
      where d.channel = any(string_to_array(:queued, ','))
        and (d.status = 'failed' and d.error = '{OUTCOME_UNKNOWN}' and not :takes_unknown {or_status}) and {where}
      limit :limit
    ) refused
    group by reason
"""


@dataclass(frozen=True, slots=True)
class Group:
    """A count of similar deliveries. `skip` is the reason why they are not sent, None if they are sent again."""

    channel: str
    type: str
    error: str | None
    skip: str | None
    deliveries: int


@dataclass(frozen=True, slots=True)
class Taken:
    """A delivery that was started again, due in `due_in` seconds, or that ended `skipped` with the reason `skip`."""

    id: UUID
    channel: str
    type: str
    error: str | None
    skip: str | None
    due_in: float | None
    queue_group: UUID
    correlation_id: str


def count(connection: Connection, command: RedriveDeliveries) -> list[Group]:
    """Return what `take` would do with everything that the command selects."""
    statement = text(count_failed_deliveries(selection.where(command)))
    return rows.values(Group, connection.execute(statement, {**_values(command), "limit": None}))


def take(
    connection: Connection, command: RedriveDeliveries, *, limit: int, before: int, started: datetime
) -> list[Taken]:
    """Start up to `limit` failed deliveries again; they come due after the `before` that were started earlier in this run.

    `started` is when the run began, by the database's clock.

    Rows that another redrive has locked are left to it.
    """
    statement = text(take_failed_deliveries(selection.where(command)))
    values = {**_values(command), "limit": limit, "before": before, "rate": command.rate, "started": started}
    return rows.values(Taken, connection.execute(statement, values))


def database_now(connection: Connection) -> datetime:
    moment: datetime = connection.execute(DATABASE_NOW).scalar_one()
    return moment


def refused(connection: Connection, command: RedriveDeliveries) -> dict[str, int]:
    """Count by reason the selected deliveries that are not started again; counting stops at MOST_REFUSED.

    Of a selection these are deliveries that were sent or may have been. Of deliveries named by id, they are all that have
    not failed, and `unknown_id` counts the ids that no delivery has.
    """
    statement = text(count_refused_deliveries(selection.where(command), _or_status(command)))
    queued = ",".join(channel.key for channel in NOTIFICATION_CHANNELS.values() if channel.queued)
    values = {
        **selection.values(command),
        "takes_unknown": command.takes_unknown,
        "queued": queued,
        "limit": MOST_REFUSED,
    }
    counts = {row.reason: row.deliveries for row in connection.execute(statement, values)}
    unknown = _unknown_ids(connection, command) if command.delivery_ids else 0
    return {**counts, "unknown_id": unknown} if unknown else counts


def _or_status(command: RedriveDeliveries) -> str:
    if command.error:
        return ""
    statuses = "'sent', 'pending', 'skipped'" if command.delivery_ids else "'sent'"
    return f"or d.status in ({statuses})"


def _unknown_ids(connection: Connection, command: RedriveDeliveries) -> int:
    ids = ",".join(map(str, set(command.delivery_ids)))
    known: int = connection.execute(COUNT_KNOWN_DELIVERIES, {"delivery_ids": ids}).scalar_one()
    return len(set(command.delivery_ids)) - known


def _values(command: RedriveDeliveries) -> Mapping[str, object]:
    defaults = [
        (kind.key, channel, on) for kind in NOTIFICATION_TYPE_META.values() for channel, on in kind.defaults().items()
    ]
    return {
        **selection.values(command),
        "takes_unknown": command.takes_unknown,
        "by_address": ",".join(channel.key for channel in NOTIFICATION_CHANNELS.values() if channel.by_address),
        "types": ",".join(kind for kind, _, _ in defaults),
        "channels": ",".join(channel for _, channel, _ in defaults),
        "defaults": ",".join(str(on) for _, _, on in defaults),
    }
