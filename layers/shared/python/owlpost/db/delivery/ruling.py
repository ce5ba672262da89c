"""The judgement of claimable deliveries: a part of the claim statement. `domain.judgement` says the same in Python."""

from owlpost.db import decisions, judgement
from owlpost.db.delivery.gathering import JUDGED_GATHERED_IN, WAIT_OF_GATHERED
from owlpost.db.guests import is_guest, is_guest_device
from owlpost.db.mailbox import is_suppressed
from owlpost.domain.destinations import ROOM_ON
from owlpost.domain.reasons import Reason

IS_HELD = judgement.is_held(
    channel=":channel",
    type_="n.type",
    producer="r.producer",
    team="n.team_id",
    request="n.request_id",
    brake="r.brake_id",
)
#: Rules of the preferences that end a delivery.
OFF = f"('{Reason.CHANNEL_OFF}', '{Reason.PROJECT_OFF}', '{Reason.PREFERENCE_OFF}', '{Reason.DEFAULT_OFF}')"
#: Of a notification `n`: it is for a team's room, and no rule about a person applies.
_IS_ROOM = "(n.user_id is null)"
_SAID = "u.preferences -> 'notifications'"
_PROJECT = judgement.project_of("n.data")
_RULE = decisions.rule_of(
    mandatory="kind.mandatory",
    channel="chosen.channel",
    project="chosen.project",
    type_="chosen.type",
    default="kind.on_by_default",
)
#: The rule by which the delivery is switched on or off, null if its type is unknown.
CHOICE = f"""(
        select case when kind.type is not null then {_RULE} end as rule
        from (
          select {judgement.of_project(_SAID, project=_PROJECT, type_="n.type", channel=":channel")} as project,
                 {judgement.of_type(_SAID, type_="n.type", channel=":channel")} as type,
                 {judgement.of_channel(_SAID, channel=":channel")} as channel
        ) chosen
      )"""
TIMING = judgement.timing(
    mandatory="coalesce(kind.mandatory, false)",
    notifications=_SAID,
    not_before="r.not_before",
    unread_until=f"""case when :by_address and n.in_app then n.created_at + make_interval(
              secs => {judgement.unread_seconds(_SAID, otherwise="coalesce(kind.unread_seconds, 0)")}
            ) end""",
)

#: Each claimable delivery with the rule that decides about it: `skip` ends it, with `waits` it stays pending until `until`.
JUDGED = f"""ruled as materialized (
      select claimable.id, claimable.batch_id, claimable.gathered_in, claimable.was_gathered,
             claimable.was_called, claimable.in_doubt, n as notification, u.email, u.preferences ->> 'locale' as locale,
             coalesce(r.correlation_id, cast(n.request_id as text)) as correlation_id, timing.until,
             case when {_IS_ROOM} and not kind.mandatory then '{ROOM_ON}' else choice.rule end as choice, case
               -- new words for a push that is out: see `db.operator.replacing`
               when r.recalled_at is not null and not claimable.replaces then '{Reason.RECALLED}'
               when {IS_HELD} then '{Reason.HELD}'
               when u.id is null and not {_IS_ROOM} then 'user_gone'
               when n.deleted_at is not null then 'deleted'
               when n.read_at is not null then 'read'
               when not {_IS_ROOM} and exists (select from teams t where t.id = n.team_id) and not exists (
                 select from team_members m where m.team_id = n.team_id and m.user_id = n.user_id
               ) then 'left_team'
               when :by_address and coalesce(u.email, '') = '' then 'no_address'
               when :by_address and {is_suppressed("u.email")} then 'suppressed'
               when not {is_guest("coalesce(u.email, '')")} and not (:by_device and exists (
                 select from user_devices v
                 where v.user_id = n.user_id and v.channel = :channel and {is_guest_device("u.email", "v.token")}
               )) then '{Reason.NOT_ON_GUEST_LIST}'
               when choice.rule in {OFF} and not {_IS_ROOM} then choice.rule
               else timing.rule
             end as rule
      from claimable
      join notifications n on n.id = claimable.notification_id
      left join users u on u.id = n.user_id
      left join notification_requests r on r.id = n.request_id
      left join {judgement.KINDS} on kind.type = n.type
      left join lateral {CHOICE} choice on true
      left join lateral {TIMING} timing on true
      where claimable.id not in (select id from dependent) or claimable.id in (select id from probing)
    ),
    -- A frozen batch that was called goes on as long as one of its members may go: see `domain.judgement.judge_called`.
    agreed as (
      select ruled.*, case
               when was_called then case
                 when bool_and(coalesce(rule = '{Reason.RECALLED}', false)) over batch then '{Reason.RECALLED}'
                 when bool_and(coalesce(rule in ('{Reason.HELD}', '{Reason.RECALLED}'), false)) over batch
                   then '{Reason.HELD}'
               end
               when was_gathered and (rule is null or rule in {judgement.WAITS}) then {WAIT_OF_GATHERED}
               else rule
             end as decided,
             case when was_gathered then max(until) filter (where rule in {judgement.WAITS}) over gathering else until end
               as decided_until
      from ruled
      window batch as (partition by batch_id), gathering as (partition by gathered_in)
    ),
    judged as materialized (
      select id, batch_id, was_called, in_doubt, notification, email, locale, correlation_id, decided,
             decided_until as until, {JUDGED_GATHERED_IN} as gathered_in,
             decided in {judgement.WAITS} as waits,
             case when decided not in {judgement.WAITS} then decided end as skip,
             -- a frozen batch that was called is not judged again: what decided stands on its rows
             case when decided not in {judgement.WAITS} then decided when not was_called then choice end as why
      from agreed
      window gathering as (partition by gathered_in)
    )"""

#: Of a delivery that is claimed, for the update of its row `d`.
PREFERENCE_AT = decisions.preference_at(
    rule="judged.why",
    user="(judged.notification).user_id",
    project=judgement.project_of("(judged.notification).data"),
    type_="(judged.notification).type",
    channel=":channel",
)
