"""Holds: rows that the fan-out and the claim look at, and what they stop."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, text

from owlpost.db import judgement, rows
from owlpost.db.canary import not_canary
from owlpost.db.pending import all_pending
from owlpost.db.stopping import stopping
from owlpost.domain.reasons import Reason
from owlpost.domain.value import dataclass

_COLUMNS = "id, channel, type, producer, team_id, request_id, reason, created_by, created_at, until"

ADD_HOLD = text(f"""
    insert into holds (channel, type, producer, team_id, request_id, reason, created_by, created_at, until)
    values (:channel, :type, :producer, cast(:team_id as uuid), cast(:request_id as uuid), :reason, :by, now(), :until)
    returning {_COLUMNS}
""")


def _matching(holds: str) -> str:
    """Return pending deliveries of queued channels that a hold of `holds` matches; those with a worker are left out."""
    held = judgement.is_held(
        channel="d.channel",
        type_="n.type",
        producer="r.producer",
        team="n.team_id",
        request="n.request_id",
        brake="r.brake_id",
        holds=holds,
    )
    return f"""
      from notification_deliveries d
      join notifications n on n.id = d.notification_id
      left join notification_requests r on r.id = n.request_id
      where {all_pending()} and (d.leased_until is null or d.leased_until <= now()) and {held}"""


_PEOPLE = not_canary("d.notification_id")
_THIS = "(select one.channel, one.type, one.producer, one.team_id, one.request_id, one.by_brake, one.id)"

#: `held` counts what the hold has stopped, `pending` all that it will stop at its next attempt.
LIST_HOLDS = text(f"""
    select {_COLUMNS}, coalesce(counted.held, '{{}}') as held, coalesce(counted.pending, '{{}}') as pending
    from holds one
    left join lateral (
      select jsonb_object_agg(channel, held) as held, jsonb_object_agg(channel, pending) as pending
      from (
        select d.channel, count(*) filter (where d.waits_for = '{Reason.HELD}') as held, count(*) as pending
        {_matching(_THIS)} and {_PEOPLE}
        group by d.channel
      ) by_channel
    ) counted on true
    where one.ended_at is null and (one.until is null or one.until > now()) and (cast(:id as uuid) is null or one.id = :id)
    order by one.created_at
""")

#: The open holds that stop one delivery.
STOPPING_ONE = text(f"""
    select one.id, one.reason, one.created_by, one.created_at
    from holds one
    where one.ended_at is null and (one.until is null or one.until > now()) and exists (
      select {_matching(_THIS)} and d.id = :delivery_id
    )
    order by one.created_at
""")

COUNT_MATCHING = text(f"""
    select coalesce(jsonb_object_agg(channel, number), '{{}}') from (
      select d.channel, count(*) as number
      {
    _matching('''(
        select cast(:channel as text) as channel, cast(:type as text) as type, cast(:producer as text) as producer,
               cast(:team_id as uuid) as team_id, cast(:request_id as uuid) as request_id,
               false as by_brake, cast(null as uuid) as id
      )''')
} and {_PEOPLE}
      group by d.channel
    ) by_channel
""")

END_HOLD = text("update holds set ended_at = now(), ended_by = :by where id = :id and ended_at is null returning id")

#: What only this hold stops, whether it has met the delivery yet or not.
DISCARD = text(f"""
    with {judgement.OPEN_HOLDS},
    ended as materialized (select channel, type, producer, team_id, request_id, by_brake, id from holds where id = :id),
    meant as materialized (select d.id {_matching("ended")} and not {judgement.IS_HELD}),
    {stopping(Reason.DISCARDED)}
    select coalesce(jsonb_object_agg(channel, number), '{{}}')
    from (select channel, count(*) as number from stopped group by channel) by_channel
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenHold:
    """A hold with counts by channel: `held` is stopped now, `pending` includes what it will stop at the next attempt."""

    id: UUID
    channel: str | None
    type: str | None
    producer: str | None
    team_id: UUID | None
    request_id: UUID | None
    reason: str
    created_by: str
    created_at: datetime
    until: datetime | None
    held: dict[str, int]
    pending: dict[str, int]


@dataclass(frozen=True, slots=True)
class Stopper:
    """A hold that stops one delivery, and why it was placed."""

    id: UUID
    reason: str
    created_by: str
    created_at: datetime


def stopping_one(connection: Connection, delivery_id: UUID) -> list[Stopper]:
    """Return the open holds that stop this delivery, the oldest first."""
    return rows.values(Stopper, connection.execute(STOPPING_ONE, {"delivery_id": delivery_id}))


def add(connection: Connection, values: Mapping[str, object]) -> UUID:
    """Add a hold and return its id."""
    id_: UUID = connection.execute(ADD_HOLD, values).one().id
    return id_


def count_matching(connection: Connection, values: Mapping[str, object]) -> dict[str, int]:
    """Return by channel how many pending deliveries such a hold would stop at their next attempt."""
    counts: dict[str, int] = connection.execute(COUNT_MATCHING, values).scalar_one()
    return counts


def listed(connection: Connection, hold_id: UUID | None = None) -> list[OpenHold]:
    """Return the open holds, the oldest first; only the one with this id if it is given."""
    return rows.values(OpenHold, connection.execute(LIST_HOLDS, {"id": hold_id}))


def end(connection: Connection, hold_id: UUID, *, by: str) -> None:
    """End the hold."""
    connection.execute(END_HOLD, {"id": hold_id, "by": by})


def discard(connection: Connection, hold_id: UUID) -> dict[str, int]:
    """End `skipped` what only this hold, which has ended, would stop. Return the numbers by channel."""
    counts: dict[str, int] = connection.execute(DISCARD, {"id": hold_id}).scalar_one()
    return counts
