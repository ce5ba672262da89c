"""Parts of the claim and settle statements: the destinations of a delivery, and what an attempt has learnt about them."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from owlpost.domain import json_values
from owlpost.domain.channels import destination_channels
from owlpost.domain.destinations import (
    FAILING_FOR,
    FAILING_TIMES,
    TEST_TYPE,
    Destination,
    DestinationReport,
    DestinationState,
)

#: A success is noted no more often than this, so that a busy destination's row is not written with each batch.
_NOTED_EVERY = "interval '1 minute'"
_FAILING_FOR = f"make_interval(secs => {FAILING_FOR.total_seconds():.0f})"

#: Of a claimed delivery: the one that it tests, the room that it is for, else all live ones of its person. Null where there are
#: none.
LOADED_DESTINATIONS = f"""(
          select jsonb_agg(jsonb_build_object(
            'id', t.id, 'kind', t.kind, 'label', t.label, 'sealed', t.sealed, 'state', t.state, 'registered_at', t.registered_at
          ) order by t.id) as list
          from destinations t
          where :by_destination and t.channel = :channel
            and (
              t.user_id = (judged.notification).user_id
              or (judged.notification).user_id is null and t.id = claimed.destination_id
                and t.team_id = (judged.notification).team_id
            )
            and (
              claimed.destination_id is null and t.state = 'live'
              or t.id = claimed.destination_id and (t.state = 'live' or (judged.notification).type = '{TEST_TYPE}')
            )
        )"""

#: Notes how each destination fares. Dead is one by its receiver's word, unless it was connected again since, and one that has
#: failed for days without a success. With the death a mail to its owner is due, unless they did it themselves, or have never
#: seen it live. An address of its own that one has moved to is nobody else's any more. Rows are locked in the order of their
#: ids, so that two workers do not dead-lock.
NOTE_DESTINATIONS = f"""
    heard as materialized (
      select * from jsonb_to_recordset(cast(:destinations as jsonb)) as h (
        id uuid, since timestamptz, error text, state text, sealed text, fingerprint text, exclusive boolean
      )
    ),
    hearer as materialized (
      select t.id, heard.error, t.channel,
             t.verified_at is not null
               and t.channel || '/' || t.kind <> all (string_to_array(:silent_kinds, ',')) as is_told_of,
             case
               when is_same.ok and heard.state = '{DestinationState.DEAD}' then '{DestinationState.DEAD}'
               when is_same.ok and heard.state = '{DestinationState.OFF}' and t.state = '{DestinationState.LIVE}'
                 then '{DestinationState.OFF}'
               when heard.state = '{DestinationState.LIVE}' and (is_same.ok or heard.sealed is null)
                 and t.state in ('{DestinationState.UNVERIFIED}', '{DestinationState.DEAD}') then '{DestinationState.LIVE}'
               when heard.error is not null and t.state = 'live' and t.failures + 1 >= {FAILING_TIMES}
                 and t.failing_since <= now() - {_FAILING_FOR} then '{DestinationState.DEAD}'
               else t.state
             end as state,
             case when is_same.ok then heard.sealed end as sealed,
             case when is_same.ok then heard.fingerprint end as fingerprint,
             heard.exclusive
      from destinations t
      join heard on heard.id = t.id
      cross join lateral (select t.registered_at <= heard.since as ok) is_same
      where heard.error is not null or heard.state is not null or heard.sealed is not null or t.failures > 0
        or t.last_ok_at is null or t.last_ok_at < now() - {_NOTED_EVERY}
      order by t.id
      for update of t
    ),
    displaced as (
      delete from destinations t
      using hearer
      where hearer.exclusive and t.channel = hearer.channel and t.fingerprint = hearer.fingerprint and t.exclusive
        and t.id <> hearer.id
      returning t.id
    ),
    noted as (
      update destinations t
      set state = hearer.state,
          sealed = coalesce(hearer.sealed, t.sealed),
          fingerprint = coalesce(hearer.fingerprint, t.fingerprint),
          exclusive = case when hearer.fingerprint is null then t.exclusive else hearer.exclusive end,
          verified_at = case when hearer.state = 'live' and t.state <> 'live' then now() else t.verified_at end,
          dead_at = case when hearer.state = 'dead' then coalesce(t.dead_at, now()) end,
          death_mail_due_at = case when hearer.state <> 'dead' or t.state = 'dead' then t.death_mail_due_at
                                   when hearer.is_told_of then now() end,
          death_mail_begun_at = case when t.state = 'dead' then t.death_mail_begun_at end,
          last_ok_at = case when hearer.error is null then now() else t.last_ok_at end,
          last_error = coalesce(hearer.error, t.last_error),
          last_error_at = case when hearer.error is null then t.last_error_at else now() end,
          failing_since = case when hearer.error is not null then coalesce(t.failing_since, now()) end,
          failures = case when hearer.error is null then 0 else t.failures + 1 end
      from hearer
      -- the count is there so that what gives way has gone before
      where t.id = hearer.id and (select count(*) from displaced) >= 0
    )"""


def destination(row: Mapping[str, Any]) -> Destination:
    """A destination in the JSON that the claim statement makes of its row."""
    return Destination(
        id=UUID(row["id"]),
        kind=row["kind"],
        label=row["label"],
        sealed=row["sealed"],
        state=row["state"],
        registered_at=datetime.fromisoformat(row["registered_at"]),
    )


def parameters(reports: Sequence[DestinationReport]) -> dict[str, object]:
    """Return the values that NOTE_DESTINATIONS takes: one for each destination, of which the most telling counts."""
    by_id: dict[UUID, DestinationReport] = {}
    for report in sorted(
        reports, key=lambda each: (each.state is not None or each.moved is not None, each.error is None)
    ):
        by_id[report.id] = report
    return {
        "destinations": json_values.compact([report.as_json() for report in by_id.values()]),
        "silent_kinds": ",".join(_silent_kinds()),
    }


def _silent_kinds() -> Iterator[str]:
    """Return the kinds whose owners end them by themselves."""
    for channel in destination_channels():
        for kind in channel.connect.kinds if channel.connect else ():
            if kind.ended_by_owner:
                yield f"{channel.key}/{kind.key}"
