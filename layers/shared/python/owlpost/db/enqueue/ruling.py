"""The judgement of new deliveries: parts of the fan-out. `domain.judgement.judge_new` says the same in Python."""

from owlpost.db import decisions, judgement
from owlpost.domain.channels import DESTINATION_CHANNELS

_TYPE = "cast(:type as text)"
_PROJECT = "cast(:project as text)"
#: What the person chose for the project that the event is about, and for the type; null where they chose nothing.
CHOSEN = f"""(
        select {judgement.of_project("audience.said", project=_PROJECT, type_=_TYPE, channel="channel.key")} as of_project,
               {judgement.of_type("audience.said", type_=_TYPE, channel="channel.key")} as of_type,
               {judgement.of_channel("audience.said", channel="channel.key")} as of_channel
      )"""
#: Whether the person can be reached on a channel: who has connected no destination there has no row to skip.
_IS_REACHED = f"""(
          channel.key not in ({", ".join(f"'{key}'" for key in DESTINATION_CHANNELS)}) or exists (
            select from destinations t
            where t.user_id = audience.user_id and t.channel = channel.key and t.state = 'live'
          )
        )"""
#: Whether the person wants the type on a channel, and can be reached there.
IS_ON = f"""((:mandatory and channel.on_by_default)
        or coalesce(chosen.of_channel, true)
          and coalesce(chosen.of_project, chosen.of_type, channel.on_by_default)) and {_IS_REACHED}"""
DECIDED_BY = decisions.rule_of(
    mandatory=":mandatory",
    channel="chosen.of_channel",
    project="chosen.of_project",
    type_="chosen.of_type",
    default="channel.on_by_default",
)
PREFERENCE_AT = decisions.preference_at(
    rule="new.why", user="new.user_id", project=_PROJECT, type_=_TYPE, channel="new.channel"
)


def is_held_over(channel: str) -> str:
    """Return whether a hold stops what goes over this channel."""
    return judgement.is_held(
        channel=channel,
        type_=":type",
        producer="cast(:producer as text)",
        team="cast(:team_id as uuid)",
        request=":request_id",
        brake="cast(:brake_id as uuid)",
    )


IS_HELD = is_held_over("wanted.channel")
#: Mail waits for its reader only where the inbox shows the row.
_UNREAD_UNTIL = f"""case when wanted.by_address
              and wanted.notification_id in (select notification_id from wanted where channel = 'in_app' and inside)
            then greatest(now(), cast(:not_before as timestamptz)) + make_interval(
              secs => {judgement.unread_seconds("wanted.said", otherwise="cast(:unread_seconds as double precision)")}
            ) end"""
_HOUR = "date_trunc('hour', greatest(now(), cast(:not_before as timestamptz)), 'UTC')"
_OF_THIS_HOUR = f"""from notifications n
                where n.user_id = wanted.user_id and n.type = :type
                  and n.created_at >= {_HOUR} and coalesce(n.snoozed_from, n.created_at) >= {_HOUR}
                  and coalesce(n.snoozed_from, n.created_at) < {_HOUR} + interval '1 hour'"""
#: Whether the person has been told of the type as often in the hour as the brake allows. No more rows than that are counted,
#: and each half has an index of its own.
_IS_BRAKED = f"""(not :mandatory and cast(:per_person as bigint) <= (
              select count(*) from (
                (select {_OF_THIS_HOUR} and n.in_app and n.deleted_at is null)
                union all
                (select {_OF_THIS_HOUR} and (not n.in_app or n.deleted_at is not null))
                limit cast(:per_person as bigint)
              ) told
            ))"""
TIMING = judgement.timing(
    mandatory=":mandatory",
    notifications="wanted.said",
    not_before="cast(:not_before as timestamptz)",
    unread_until=_UNREAD_UNTIL,
    braked=_IS_BRAKED,
)
