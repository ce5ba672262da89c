"""The judgement of new deliveries: parts of the fan-out. `domain.judgement.judge_new` says the same in Python."""

from owlpost.db import judgement

_TYPE = "cast(:type as text)"
#: Whether the person wants the type on a channel, for the project that the event is about.
IS_ON = f"""(:mandatory and channel.on_by_default) or coalesce(
        {judgement.of_project("audience.said", project="cast(:project as text)", type_=_TYPE, channel="channel.key")},
        {judgement.of_type("audience.said", type_=_TYPE, channel="channel.key")},
        channel.on_by_default
      )"""
IS_HELD = judgement.is_held(
    channel="wanted.channel",
    type_=":type",
    producer="cast(:producer as text)",
    team="cast(:team_id as uuid)",
    request=":request_id",
)
#: Mail waits for its reader only where the inbox shows the row.
_UNREAD_UNTIL = f"""case when wanted.by_address
              and wanted.notification_id in (select notification_id from wanted where channel = 'in_app' and inside)
            then greatest(now(), cast(:not_before as timestamptz)) + make_interval(
              secs => {judgement.unread_seconds("wanted.said", otherwise="cast(:unread_seconds as double precision)")}
            ) end"""
TIMING = judgement.timing(
    mandatory=":mandatory",
    notifications="wanted.said",
    not_before="cast(:not_before as timestamptz)",
    unread_until=_UNREAD_UNTIL,
)
