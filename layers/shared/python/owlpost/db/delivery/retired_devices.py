"""Parts of the claim and settle statements: dead devices are retired, and come back if the guard against mass death trips.

See `owlpost.domain.mass_death`. A retired device is in `retired_devices` and no more in `user_devices`.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, text

from owlpost.domain import json_values
from owlpost.domain.mass_death import DOUBT_LASTS, LEAST_DEAD, ONE_IN, WINDOW, Deaths, Tally
from owlpost.domain.outcomes import DeadDevice
from owlpost.domain.reasons import Reason

_COLUMNS = (
    "id, user_id, channel, platform, token, environment, app_version, device_model, os_version,"
    " last_seen_at, created_at, registered_at"
)
_WINDOW = f"make_interval(secs => {WINDOW.total_seconds():.0f})"
#: No delivery is tried for longer than a day; some hours are added for pauses.
_DELIVERED_WITHIN = "interval '36 hours'"
_UNTIL_SWEPT = "interval '15 minutes'"
#: The record of a device that a delivery has yet to reach.
_AGAIN = f'{{"outcome": "transient", "reason": "{Reason.MASS_DEAD_TOKENS}"}}'
_DOUBT_LASTS = f"make_interval(secs => {DOUBT_LASTS.total_seconds():.0f})"

#: All workers' tallies of the last WINDOW, by platform; null if there are none.
RECENT_TALLIES = f"""(
        select jsonb_object_agg(platform, jsonb_build_object('tried', tried, 'dead', dead))
        from (
          select platform, sum(tried) as tried, sum(dead) as dead
          from push_tallies
          where at > now() - {_WINDOW}
          group by platform
        ) recent
      )"""

#: Retires the dead devices of a batch unless they registered again since, and notes its tallies. `tripped` are the platforms
#: whose deaths are too many, by the worker's doubt or by what other workers have noted since its claim: see `raise_devices`.
RETIRE_DEVICES = f"""
    tally as materialized (
      select * from jsonb_to_recordset(cast(:tallies as jsonb)) as t (
        platform text, tried integer, dead integer, doubted jsonb
      )
    ),
    tallied as (
      insert into push_tallies (at, platform, tried, dead)
      select now(), platform, tried, dead from tally where tried > 0
    ),
    removed as (
      delete from user_devices v
      using jsonb_to_recordset(cast(:dead_devices as jsonb)) as dead (id uuid, since timestamptz)
      where v.id = dead.id and v.registered_at <= dead.since
      returning v.*
    ),
    retired as (
      insert into retired_devices ({_COLUMNS}, retired_at)
      select {_COLUMNS}, now() from removed
    ),
    tripped as (
      select tally.platform
      from tally
      left join lateral (
        select coalesce(sum(tried), 0) + tally.tried as tried, coalesce(sum(dead), 0) + tally.dead as dead
        from push_tallies p
        where p.platform = tally.platform and p.at > now() - {_WINDOW}
      ) recent on tally.dead > 0
      where jsonb_array_length(tally.doubted) > 0 or recent.dead >= {LEAST_DEAD} and recent.dead * {ONE_IN} > recent.tried
    ),
    doubted as (
      update user_devices v
      set doubted_at = now()
      where v.id in (select cast(jsonb_array_elements_text(doubted) as uuid) from tally)
        and (v.doubted_at is null or v.doubted_at < now() - {_DOUBT_LASTS})
    )"""


#: In the metadata of a delivery that a worker had under way, and may have found no phone for, while one came back: see MISSED.
_RETURNED = "device_returned"
_UNDER_WAY = "(d.status = 'pending' and d.lease_id is not null and missed.records is null)"
_WITHOUT_PHONE = f"('{Reason.NO_DEVICE}', '{Reason.NO_LIVE_DEVICE}')"

#: Whether a delivery that is settled as ended without a phone has one again since its claim, and waits like the others.
MISSED = f"(outcome.error in {_WITHOUT_PHONE} and d.attempt_metadata ? '{_RETURNED}')"
#: Where MISSED: the columns of a delivery that waits.
MISSED_REASON, MISSED_UNTIL = f"'{Reason.MASS_DEAD_TOKENS}'", f"now() + {_UNTIL_SWEPT}"
#: The metadata of a delivery without that mark.
UNMARKED = f"d.attempt_metadata - '{_RETURNED}'"

#: Every device of these platforms that was retired within WINDOW comes back, unless its token registered again. So do the
#: deliveries that ended without it: those that called it dead, and later ones that found no device. They wait until the pause
#: of the provider ends, which queues them, or until the sweep does. A delivery that ended `sent` stays so: another device of
#: the person has it. What a worker has under way gets a mark, as that worker has judged already: see MISSED. Whichever of the
#: two comes first, the other waits for the row's lock and then judges by what the first has written.
RAISE_DEVICES = text(f"""
    with raised as materialized (
      delete from retired_devices r
      where r.platform = any(string_to_array(:platforms, ',')) and r.retired_at > now() - {_WINDOW}
      returning r.*
    ),
    returned as (
      insert into user_devices ({_COLUMNS}, doubted_at)
      select {_COLUMNS}, now() from raised
      on conflict do nothing
      returning id
    ),
    missed as materialized (
      select d.id, jsonb_object_agg(
          cast(raised.id as text), d.attempt_metadata -> 'devices' -> cast(raised.id as text) || '{_AGAIN}'
        ) filter (where d.attempt_metadata -> 'devices' ? cast(raised.id as text)) as records
      from raised
      join notifications n on n.user_id = raised.user_id and n.created_at > now() - {_DELIVERED_WITHIN}
      join notification_deliveries d on d.notification_id = n.id and d.channel = raised.channel
      where n.read_at is null and n.deleted_at is null and d.status in ('pending', 'skipped') and (
        d.attempt_metadata -> 'devices' -> cast(raised.id as text) ->> 'outcome' = 'dead'
        or d.error = '{Reason.NO_DEVICE}' and d.attempted_at >= raised.retired_at
        or d.status = 'pending' and d.lease_id is not null
      )
      group by d.id
    ),
    again as (
      update notification_deliveries d
      set status = 'pending',
          error = case d.status when 'pending' then d.error else '{Reason.MASS_DEAD_TOKENS}' end,
          next_attempt_at = case d.status when 'pending' then d.next_attempt_at else now() + {_UNTIL_SWEPT} end,
          queued_at = case d.status when 'pending' then d.queued_at else now() + {_UNTIL_SWEPT} end,
          attempt_metadata = case when {_UNDER_WAY} then d.attempt_metadata || '{{"{_RETURNED}": true}}'
            else d.attempt_metadata || jsonb_build_object(
            'devices', coalesce(d.attempt_metadata -> 'devices', '{{}}') || coalesce(missed.records, '{{}}'),
            'history', coalesce(d.attempt_metadata -> 'history', '[]') || jsonb_build_array(jsonb_build_object(
              'at', now(), 'status', 'pending', 'reason', '{Reason.MASS_DEAD_TOKENS}'
            ))
          ) end
      from missed
      where d.id = missed.id and d.status in ('pending', 'skipped') and (
        missed.records is not null or {_UNDER_WAY} or d.error in {_WITHOUT_PHONE}
      )
      returning d.attempt_metadata ? '{_RETURNED}' as marked
    )
    select (select count(*) from returned) as devices, (select count(*) from again where not marked) as deliveries
""")


def raise_devices(connection: Connection, platforms: str) -> tuple[int, int]:
    """Bring back what was retired of these platforms. Return the number of devices, and of the deliveries that wait again."""
    row = connection.execute(RAISE_DEVICES, {"platforms": platforms}).one()
    return row.devices, row.deliveries


def tallies_from_json(answer: Mapping[str, Any] | None) -> dict[str, Tally]:
    """Return what RECENT_TALLIES has read, by platform."""
    return {platform: Tally(int(row["tried"]), int(row["dead"])) for platform, row in (answer or {}).items()}


def parameters(dead_devices: Sequence[DeadDevice], deaths: Sequence[Deaths]) -> dict[str, object]:
    """Return the values that RETIRE_DEVICES takes."""
    return {
        "dead_devices": json_values.compact(
            [{"id": str(device.device_id), "since": device.since.isoformat()} for device in dead_devices]
        ),
        "tallies": json_values.compact(
            [
                {
                    "platform": each.platform,
                    "tried": each.tally.tried,
                    "dead": each.tally.dead,
                    "doubted": [str(id_) for id_ in each.doubted],
                }
                for each in deaths
            ]
        ),
    }
