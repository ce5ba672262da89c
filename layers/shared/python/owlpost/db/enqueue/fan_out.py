"""The fan-out: recipients × channels with preferences resolved, in one set-based statement for any number of people.

Ids go in as one text and come out as one text: in pg8000 arrays of ids would cost more than the rows themselves.
"""

from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import TypeAlias
from uuid import UUID

from sqlalchemy import Connection, TextClause, text

from owlpost.db import judgement, lines
from owlpost.db.enqueue import audience, rooms, wording
from owlpost.db.enqueue.audience import BY_IDS, BY_TEAM, Range
from owlpost.db.enqueue.icons import QUIET_ICONS
from owlpost.db.enqueue.limits import Limits
from owlpost.db.enqueue.open_lines import OPEN_LINES
from owlpost.db.enqueue.receipts import Chunk
from owlpost.db.enqueue.rooms import DELIVERY_ID, ROOM_DELIVERY, ROOM_INBOX, ROOMS
from owlpost.db.enqueue.ruling import CHOSEN, DECIDED_BY, IS_HELD, IS_ON, PREFERENCE_AT, TIMING
from owlpost.db.enqueue.wording import BODY, TITLE, TRANSLATED
from owlpost.domain import json_values
from owlpost.domain.channels import NOTIFICATION_CHANNELS
from owlpost.domain.reasons import Reason
from owlpost.domain.registry_version import registry_version
from owlpost.domain.requests import ByTeam, EnqueueRequest
from owlpost.domain.types import NotificationType
from owlpost.domain.value import dataclass

#: Pending delivery ids by channel.
PendingIds: TypeAlias = Mapping[str, Sequence[str]]

#: Whether a person is in the team that a notification is about; a team that the host does not list leaves nobody out.
IS_INSIDE = """(
               not exists (select from teams t where t.id = cast(:team_id as uuid))
               or exists (
                 select from team_members m where m.team_id = cast(:team_id as uuid) and m.user_id = person.user_id
               )
             )"""

#: Rules by which a delivery ends before it begins; the inbox has its row all the same.
SKIPPED = f"('{Reason.NOT_IN_TEAM}', '{Reason.PAUSED}', '{Reason.BRAKE}')"

#: The first chunk's counts are the answer to the producer, and stand on the receipt.
FILL_RECEIPT = """,
    receipt as (
      update notification_requests
      set notifications = (select count(*) from audience),
          notification_ids = (select coalesce(array_agg(id), cast(array[] as uuid[])) from audience),
          deliveries = (select coalesce(jsonb_object_agg(channel, deliveries), jsonb_build_object()) from by_channel),
          unknown_user_ids = greatest(:asked_for - (select count(*) from audience), 0)
      where id = :request_id
    )"""

FILL_ROOMS_RECEIPT = FILL_RECEIPT.replace("set ", "set rooms = (select count(*) from room), ")

#: Only the ids of the first chunk are in the answer, so no later chunk returns them.
ANSWERED_IDS = "(select string_agg(cast(id as text), ',') from audience)"


def judged(people: str) -> str:
    """Return the parts that judge each delivery of an audience: `judged` holds one for each that its preferences want."""
    return f"""audience as materialized (
      select owlpost_uuid7() as id, person.user_id,
             person.preferences -> 'notifications' as said, person.preferences ->> 'locale' as locale,
             not :may_be_outside or {IS_INSIDE} as inside
      from ({people}) person
    ),
    wanted as materialized (
      select audience.id as notification_id, audience.user_id, audience.inside, audience.said,
             channel.key as channel, channel.place, channel.queued, channel.by_address, {DECIDED_BY} as decided_by
      from audience
      cross join unnest(
        string_to_array(:channels, ','),
        string_to_array(:places, ','),
        cast(string_to_array(:defaults, ',') as boolean[]),
        cast(string_to_array(:queued, ',') as boolean[]),
        cast(string_to_array(:by_address, ',') as boolean[])
      ) as channel (key, place, on_by_default, queued, by_address)
      cross join lateral {CHOSEN} chosen
      where {IS_ON}
    ),{judgement.OPEN_HOLDS},
    judged as materialized (
      select wanted.*, timing.until,
             case when not inside then '{Reason.NOT_IN_TEAM}' when not queued then null
               when {IS_HELD} then '{Reason.HELD}' else timing.rule end as rule
      from wanted
      left join lateral {TIMING} timing on queued
    ),"""


def _fan_out(*, people: str, receipt: str = "", notification_ids: str = "null", with_rooms: bool = False) -> TextClause:
    """Return the statement that tells an audience, by the judgement of each of its deliveries: see `db.judgement`.

    With `with_rooms`, those of the team are told as well.
    """
    return text(f"""
    with {judged(people)}{ROOMS if with_rooms else ""}
    inbox as (
      insert into notifications (id, user_id, team_id, type, title, body, link, data, in_app, created_at, request_id)
      select audience.id, audience.user_id, cast(:team_id as uuid), :type, {TITLE}, {BODY}, :link, cast(:data as jsonb),
             -- not a join: the planner expects a short list of ids, and would compare each person with each person
             audience.id in (select notification_id from wanted where channel = 'in_app' and inside),
             -- in the inbox from then on: the inbox shows no row before its time
             greatest(now(), cast(:not_before as timestamptz)), cast(:request_id as uuid)
      from audience cross join lateral {TRANSLATED} translated{ROOM_INBOX if with_rooms else ""}
    ),
    delivery as (
      insert into notification_deliveries
        (id, notification_id, channel, status, error, waits_for, attempted_at, created_at, next_attempt_at, queued_at,
         decided_by, registry, preference_at, destination_id)
      select {DELIVERY_ID}, notification_id, channel, status, case when status = 'skipped' then rule end,
             case when status = 'pending' then rule end,
             case when status <> 'pending' then now() end, now(), due,
             case when due <= {judgement.SOON} then due else now() end, why, :registry, {PREFERENCE_AT},
             cast(null as uuid)
      from (
        select *, case when rule in {SKIPPED} then 'skipped' when queued then 'pending' else 'sent' end as status,
               case when rule in {SKIPPED} then rule else decided_by end as why,
               case when rule in ('{Reason.QUIET_HOURS}', '{Reason.NOT_BEFORE}', '{Reason.UNREAD_FIRST}') then until
                 end as due
        from judged
      ) new{ROOM_DELIVERY if with_rooms else ""}
      returning id, channel, status, error, waits_for, next_attempt_at
    ),
    by_channel as (
      select channel, count(*) as deliveries,
             string_agg(cast(id as text), ',') filter (where status = 'pending' and waits_for is null) as pending,
             count(*) filter (where error = '{Reason.BRAKE}') as braked,
             string_agg(id || '=' || ceil(extract(epoch from next_attempt_at - now())), ',')
               filter (where next_attempt_at <= {judgement.SOON}) as soon
      from delivery
      group by channel
    ),{QUIET_ICONS},{OPEN_LINES}{receipt}
    select (select count(*) from audience) as notifications,
           {"(select count(*) from room)" if with_rooms else "0"} as rooms,
           {notification_ids} as notification_ids,
           (select jsonb_object_agg(channel, deliveries) from by_channel) as deliveries,
           (select jsonb_object_agg(channel, pending) from by_channel where pending is not null) as pending,
           (select jsonb_object_agg(channel, soon) from by_channel where soon is not null) as soon,
           (select jsonb_object_agg(channel, braked) from by_channel where braked > 0) as braked,
           (select string_agg(cast(user_id as text), ',') from icon) as icons,
           (select string_agg(connection_id, ',') from line) as lines
""")


TELL_IDS = _fan_out(people=BY_IDS, receipt=FILL_RECEIPT, notification_ids=ANSWERED_IDS)
TELL_TEAM = _fan_out(people=BY_TEAM, receipt=FILL_ROOMS_RECEIPT, notification_ids=ANSWERED_IDS, with_rooms=True)
TELL_CHUNK = _fan_out(people=BY_TEAM)


@dataclass(frozen=True, slots=True)
class FannedOut:
    """The counts that one statement wrote, and the pending deliveries to queue. Ids stay texts, as they go into messages.

    `soon` holds those whose message is to arrive after so many seconds. What waits for longer, or is held, has no message.
    `icons` are the people whose icons no push brings up to date. `braked` counts by channel what the brake keeps in the inbox.
    """

    notifications: int = 0
    notification_ids: Sequence[str] = ()
    deliveries: dict[str, int] = field(default_factory=dict)
    pending: PendingIds = field(default_factory=dict)
    soon: Mapping[str, Sequence[tuple[str, int]]] = field(default_factory=dict)
    icons: Sequence[str] = ()
    braked: Mapping[str, int] = field(default_factory=dict)
    #: Rooms of the team, which are not among the notifications.
    rooms: int = 0
    #: Connections of pages that these people have open.
    lines: Sequence[str] = ()


def tell_first(
    connection: Connection,
    *,
    request_id: UUID,
    request: EnqueueRequest,
    kind: NotificationType,
    within: Range,
    limits: Limits,
) -> FannedOut:
    """Write the rows of a request, or of its first chunk, and fill in its receipt."""
    values = {**content(request_id, request, kind), **limits.values}
    if isinstance(request.recipients, ByTeam):
        of_team = {**audience.team_range(request.recipients, within), "asked_for": 0}
        return _tell(connection, TELL_TEAM, {**values, **of_team, **rooms.parameters(request, kind)})
    user_ids = request.recipients.distinct
    asked = {"user_ids": ",".join(user_ids), "asked_for": len(user_ids)}
    return _tell(connection, TELL_IDS, {**values, **asked})


def tell_chunk(connection: Connection, *, chunk: Chunk, kind: NotificationType, limits: Limits) -> FannedOut:
    """Write the rows of a later chunk of a team."""
    if not isinstance(chunk.request.recipients, ByTeam):
        raise TypeError("only teams are cut into chunks")
    values = {**content(chunk.request_id, chunk.request, kind), **limits.values}
    return _tell(
        connection,
        TELL_CHUNK,
        {**values, **audience.team_range(chunk.request.recipients, Range(chunk.first, chunk.end))},
    )


def _tell(connection: Connection, statement: TextClause, values: Mapping[str, object]) -> FannedOut:
    row = connection.execute(statement, values).one()
    return FannedOut(
        notifications=row.notifications,
        notification_ids=row.notification_ids.split(",") if row.notification_ids else (),
        deliveries=row.deliveries or {},
        pending={channel: ids.split(",") for channel, ids in (row.pending or {}).items()},
        soon={
            channel: [(id_, int(seconds)) for id_, seconds in (each.split("=") for each in ids.split(","))]
            for channel, ids in (row.soon or {}).items()
        },
        icons=row.icons.split(",") if row.icons else (),
        braked=row.braked or {},
        rooms=row.rooms,
        lines=lines.parted(row.lines),
    )


def content(request_id: UUID, request: EnqueueRequest, kind: NotificationType) -> dict[str, object]:
    """Return the parameters that the request gives to the statement."""
    defaults = kind.defaults()
    return {
        "request_id": request_id,
        "type": request.type,
        "team_id": request.about_team,
        "may_be_outside": request.may_reach_outsiders,
        **wording.parameters(request),
        "link": request.link,
        "data": json_values.compact(request.data or {}),
        "channels": ",".join(defaults),
        "places": ",".join(f"{place:02x}" for place, _ in enumerate(defaults)),
        "defaults": ",".join(str(on) for on in defaults.values()),
        "queued": ",".join(str(NOTIFICATION_CHANNELS[channel].queued) for channel in defaults),
        "by_address": ",".join(str(NOTIFICATION_CHANNELS[channel].by_address) for channel in defaults),
        "mandatory": kind.mandatory,
        "unread_seconds": kind.email_after.total_seconds(),
        "project": request.project,
        "producer": request.producer,
        "not_before": request.not_before,
        "registry": registry_version(),
    }
