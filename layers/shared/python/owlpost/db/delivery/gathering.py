"""Parts of the claim statement: at the end of quiet hours, all that waited for a person over a channel is claimed together.

The deliveries keep their rows and are judged one by one. `gathered_in` marks those that go out as one, whoever repeats it.
"""

from owlpost.db import judgement
from owlpost.domain.reasons import Reason

#: A claim takes at most so many deliveries of one person along. What is beyond goes as the next one.
MOST_GATHERED = 100
#: Quiet hours last less than a day. What has waited for longer, for another reason too, goes by itself.
LONGEST_QUIET_HOURS = 25

#: People whose quiet hours have ended, of those of `mine`. In most claims nobody's have, and the rest of the gathering looks at
#: no row.
WAKING = f"""
    waking as materialized (
      select distinct n.user_id
      from mine
      join notifications n on n.id = mine.notification_id
      where mine.waits_for = '{Reason.QUIET_HOURS}' and mine.next_attempt_at <= now()
    )"""

_SINCE = f"created_at > now() - make_interval(hours => {LONGEST_QUIET_HOURS})"
#: The ids of what goes along: what waited for the same person, and the rest of what has been gathered before.
TAKEN_ALONG = f"""
      select along.id
      from waking
      cross join lateral (
        select d.id
        from (
          -- by the inbox's index, and by that of what shows in no inbox
          select id from notifications where user_id = waking.user_id and in_app and deleted_at is null and {_SINCE}
          union all
          select id from notifications where user_id = waking.user_id and not in_app and {_SINCE}
        ) n
        cross join lateral (
          select * from notification_deliveries where notification_id = n.id and channel = :channel offset 0
        ) d
        where d.status = 'pending' and d.waits_for = '{Reason.QUIET_HOURS}' and d.next_attempt_at <= now()
          and d.attempted_at is null and (d.leased_until is null or d.leased_until <= now())
        order by d.id
        limit {MOST_GATHERED}
      ) along
      union
      select along.id
      from (select distinct gathered_in, channel from mine) gathered
      cross join lateral (
        select * from notification_deliveries where gathered_in = gathered.gathered_in and channel = gathered.channel offset 0
      ) along
      where along.status = 'pending'"""

IS_DUE = "(d.next_attempt_at is null or d.next_attempt_at <= now())"

#: Of a locked delivery `d`: whose quiet hours it waited for, null if it did not. If it was tried before them, some phones may
#: have it, and it goes by itself.
SLEEPER = f"""case when d.waits_for = '{Reason.QUIET_HOURS}' and d.attempted_at is null then (
               select n.user_id from notifications n where n.id = d.notification_id
             ) end"""

#: Of a row of `locked`: whether it may go. What goes out as one is due as one: a release, or letting go of a hold, makes its
#: deliveries due one after the other. And all of them have to be locked: the lock waits for other workers, so what is locked
#: may be more recent than what the statement sees of the rest.
MAY_GO = """(gathered_in is null or (
        exists (select from locked other where other.gathered_in = locked.gathered_in and other.is_due)
        and not exists (
          select from notification_deliveries along
          where along.gathered_in = locked.gathered_in and along.channel = :channel and along.status = 'pending'
            and not exists (select from locked other where other.id = along.id)
        )
      ))"""

#: Of a row of `locked`: the notification that it is gathered in, null if it goes by itself.
GATHERED_IN = """coalesce(gathered_in, case
               when sleeper is not null and count(*) over (partition by sleeper) > 1
                 then first_value(notification_id) over (partition by sleeper order by id)
             end)"""

#: Of one that was gathered before, over `gathering`: the rule by which all of them wait. A repeat tells of what the first try
#: told, so what holds one of them holds them all.
WAIT_OF_GATHERED = f"""case
                 when bool_or(rule = '{Reason.HELD}') over gathering then '{Reason.HELD}'
                 else max(rule) filter (where rule in {judgement.WAITS}) over gathering
               end"""

#: Of one that is judged, over `gathering`: what is gathered now is known by the first that goes, and what is held stays
#: outside, to go by itself later. If all of them are held, they stay together.
JUDGED_GATHERED_IN = """case
               when was_gathered or not bool_or(decided is null) over gathering then gathered_in
               when decided is null and gathered_in is not null
                 then first_value((notification).id) over (partition by gathered_in order by decided is not null, id)
             end"""
