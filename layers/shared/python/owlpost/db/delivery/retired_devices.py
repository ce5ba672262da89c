"""Parts of the claim and settle statements: dead devices are retired, and come back if the guard against mass death trips.

See `owlpost.domain.mass_death`. A retired device is in `retired_devices` and no more in `user_devices`.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from owlpost.domain import json_values
from owlpost.domain.mass_death import DOUBT_LASTS, WINDOW, Deaths, Tally
from owlpost.domain.outcomes import DeadDevice

_COLUMNS = (
    "id, user_id, channel, platform, token, environment, app_version, device_model, os_version,"
    " last_seen_at, created_at, registered_at"
)
_WINDOW = f"make_interval(secs => {WINDOW.total_seconds():.0f})"
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

#: Retires the dead devices of a batch unless they registered again since, and notes its tallies. If a tally names devices that
#: are doubted, every device of its platform that was retired within WINDOW comes back, unless its token registered again.
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
    raised as (
      delete from retired_devices r
      using tally
      where jsonb_array_length(tally.doubted) > 0 and r.platform = tally.platform and r.retired_at > now() - {_WINDOW}
      returning r.*
    ),
    returned as (
      insert into user_devices ({_COLUMNS}, doubted_at)
      select {_COLUMNS}, now() from raised
      on conflict do nothing
      returning id
    ),
    doubted as (
      update user_devices v
      set doubted_at = now()
      where v.id in (select cast(jsonb_array_elements_text(doubted) as uuid) from tally)
        and (v.doubted_at is null or v.doubted_at < now() - {_DOUBT_LASTS})
    )"""


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
