"""The judgement in SQL, for the fan-out and the claim: what `domain.judgement` says, for many deliveries at once.

Each fragment names the columns it reads. Parameters are those of `of_kinds` and of the statement that uses it.
"""

from collections.abc import Iterable

from owlpost.domain.preferences import EVERY_TYPE
from owlpost.domain.reasons import Reason
from owlpost.domain.types import NotificationType, stored_types
from owlpost.queue_messages import MAX_DELAY_SECONDS

#: A wait up to here is the delay of the delivery's own message; the sweep queues what waits for longer.
SOON = f"now() + make_interval(secs => {MAX_DELAY_SECONDS})"
#: Rules by which a delivery stays pending.
WAITS = f"('{Reason.HELD}', '{Reason.QUIET_HOURS}', '{Reason.NOT_BEFORE}', '{Reason.UNREAD_FIRST}')"

#: Holds that stop deliveries now: a handful of rows.
OPEN_HOLDS = """
    hold as materialized (
      select h.channel, h.type, h.producer, h.team_id, h.request_id, h.by_brake, h.id
      from holds h
      where h.ended_at is null and (h.until is null or h.until > now())
    )"""


def is_held(
    *, channel: str, type_: str, producer: str, team: str, request: str, brake: str, holds: str = "hold"
) -> str:
    """Return the condition that a hold of `holds` matches; the arguments are SQL expressions.

    `brake` is the brake's hold that the request was stored under: of those, another stops it not.
    """
    return f"""exists (
        select from {holds} h
        where (h.channel is null or h.channel = {channel}) and (h.type is null or h.type = {type_})
          and (h.producer is null or h.producer = {producer}) and (h.team_id is null or h.team_id = {team})
          and (h.request_id is null or h.request_id = {request})
          and (not h.by_brake or h.id = {brake})
      )"""


#: For a delivery `d`, its notification `n` and its receipt `r`.
IS_HELD = is_held(
    channel="d.channel",
    type_="n.type",
    producer="r.producer",
    team="n.team_id",
    request="n.request_id",
    brake="r.brake_id",
)


def _said(value: str) -> str:
    return f"case jsonb_typeof({value}) when 'boolean' then cast({value} as boolean) end"


def of_channel(notifications: str, *, channel: str) -> str:
    """Return the expression for whether a person switched a channel on or off as a whole, null if they said nothing."""
    return _said(f"{notifications} -> 'channels' -> {channel}")


def of_project(notifications: str, *, project: str, type_: str, channel: str) -> str:
    """Return the expression for what a person chose for a project, null if nothing. `notifications` is that part of theirs."""
    chosen = f"{notifications} -> 'projects' -> {project}"
    return f"""coalesce(
        {_said(f"{chosen} -> {type_} -> {channel}")},
        {_said(f"{chosen} -> '{EVERY_TYPE}' -> {channel}")}
      )"""


def of_type(notifications: str, *, type_: str, channel: str) -> str:
    """Return the expression for what a person chose for a type, null if nothing."""
    return _said(f"{notifications} -> 'types' -> {type_} -> {channel}")


def project_of(data: str) -> str:
    """Return the expression for the project that an event is about, null if it names none."""
    return f"case jsonb_typeof({data} -> 'project_id') when 'string' then {data} ->> 'project_id' end"


def unread_seconds(notifications: str, *, otherwise: str) -> str:
    """Return the expression for the seconds that a mail waits for its reader: the person's choice, else the type's."""
    minutes = f"{notifications} -> 'email_after_minutes'"
    return f"case when {minutes} in ('0', '5', '15', '60') then cast({minutes} as int) * 60 else {otherwise} end"


def timing(*, mandatory: str, notifications: str, not_before: str, unread_until: str, braked: str = "false") -> str:
    """Return a lateral subquery with the rule of time that applies now, null if none, and until when it does."""
    return f"""(
        select case
            when not {mandatory} and {notifications} -> 'paused_until' is not null
              and owlpost_moment({notifications} -> 'paused_until') > now() then '{Reason.PAUSED}'
            when {braked} then '{Reason.BRAKE}'
            when quiet.until is not null then '{Reason.QUIET_HOURS}'
            when {not_before} > now() then '{Reason.NOT_BEFORE}'
            when {unread_until} > now() then '{Reason.UNREAD_FIRST}'
          end as rule,
          case when quiet.until is not null then quiet.until when {not_before} > now() then {not_before}
            else {unread_until} end as until
        from (
          -- the functions are called only where the person has said something
          select case when not {mandatory} and {notifications} -> 'quiet_hours' is not null
            then owlpost_quiet_until({notifications} -> 'quiet_hours', now()) end as until
        ) quiet
      )"""


#: The registry as rows, for statements about deliveries of any type on one channel.
KINDS = """unnest(
        string_to_array(:types, ','), cast(string_to_array(:on_by_default, ',') as boolean[]),
        cast(string_to_array(:mandatory, ',') as boolean[]), cast(string_to_array(:unread_seconds, ',') as double precision[])
      ) as kind (type, on_by_default, mandatory, unread_seconds)"""


def of_kinds(channel: str, kinds: Iterable[NotificationType] | None = None) -> dict[str, object]:
    """Return the parameters of KINDS, for every type if none are given."""
    listed = list(stored_types() if kinds is None else kinds)
    return {
        "types": ",".join(kind.key for kind in listed),
        "on_by_default": ",".join(str(kind.is_on_by_default(channel)) for kind in listed),
        "mandatory": ",".join(str(kind.mandatory) for kind in listed),
        "unread_seconds": ",".join(str(kind.email_after.total_seconds()) for kind in listed),
    }
