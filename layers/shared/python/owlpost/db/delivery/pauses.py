"""Parts of the claim and settle statements: providers that refuse our account, and the deliveries that wait for them.

A pause is opened by the first refusal and closed by the first call that the provider takes. In between, one claim a minute may
probe. All of it is part of the two statements of a batch; the common case reads one small table. What waited is then released:
see `releases`.
"""

from owlpost.db.pending import all_pending
from owlpost.domain.channel import Channel
from owlpost.domain.reasons import Reason

#: The provider of a pause that stands for the adapter itself: it raised, so the whole channel waits.
ADAPTER = "adapter"
#: Seconds between probes.
PROBE_SECONDS = 60
#: Seconds that the message of a waiting delivery stays away at most. It grows with the pause: a quarter of it.
#: One delivery of each claim comes back for the next probe.
LONGEST_WAIT = 900
#: Days for which a closed pause is kept: longer than any delivery lives.
KEPT_DAYS = 30

#: Open pauses of the channel. `platform` is null if the provider serves the whole channel. Because of the lock, the statement
#: that closes a pause waits for the claims that have seen it open: their deliveries are then released with the others.
PAUSE = """
    pause as materialized (
      select p.id, p.provider, p.opened_at, nullif(served.platform, '') as platform
      from provider_pauses p
      left join unnest(string_to_array(:providers, ','), string_to_array(:platforms, ',')) as served (provider, platform)
        on served.provider = p.provider
      where p.channel = :channel and p.closed_at is null
      for key share of p
    )"""

#: The claimable deliveries that a paused provider holds up: all of them, or those whose due devices are all on its platform.
#: `probing` is one of them, or its frozen batch, if a probe is due. It is drawn by lot, as the same one could be at fault
#: itself, and first from those that were never attempted. `next_probe` comes back when the next probe is due.
DEPENDENT = """
    dependent as materialized (
      select claimable.id, claimable.gathered_in,
             coalesce(claimable.batch_id, claimable.gathered_in, claimable.id) as batch,
             d.attempted_at is not null as was_attempted
      from claimable
      join notification_deliveries d on d.id = claimable.id
      join notifications n on n.id = claimable.notification_id
      where exists (select from pause) and (
        exists (select from pause where platform is null)
        or (
          select bool_and(v.platform in (select platform from pause))
          from user_devices v
          where v.user_id = n.user_id and v.channel = :channel
            and coalesce(d.attempt_metadata -> 'devices' -> cast(v.id as text) ->> 'outcome', 'transient') = 'transient'
        )
      )
    ),
    probe as (
      update provider_pauses p
      set probe_at = now() + make_interval(secs => :probe_seconds)
      from pause
      where p.id = pause.id and p.closed_at is null and p.probe_at <= now() and exists (select from dependent)
      returning p.id
    ),
    drawn as materialized (
      select batch from dependent where exists (select from probe) order by was_attempted, random() limit 1
    ),
    probing as materialized (
      select id from dependent where batch in (select batch from drawn)
    ),
    next_probe as materialized (
      select batch from dependent where id not in (select id from probing) order by was_attempted, random() limit 1
    ),
    waiting as (
      update notification_deliveries d
      set next_attempt_at = now() + wait.length, queued_at = now() + wait.length, error = 'provider_paused',
          waits_for = null, gathered_in = wait.gathered_in,
          allowed_at = case when d.waits_for is null then d.allowed_at else now() end
      from (
        -- up to a quarter longer, by batch, so that not all come back at once
        select dependent.id, dependent.gathered_in, make_interval(secs => case
            when batch in (select batch from next_probe) then :probe_seconds
            else least.seconds * (1 + mod(abs(hashtext(cast(batch as text))), 100) / 400.0)
          end) as length
        from dependent, (
          select least(:longest_wait, greatest(:probe_seconds, extract(epoch from now() - min(opened_at)) / 4)) as seconds
          from pause
        ) least
        where dependent.id not in (select id from probing)
      ) wait
      where d.id = wait.id
      returning d.id, d.next_attempt_at
    )"""

#: The moment from which the age of a claimed delivery counts: what waits by a rule does not grow old.
ALLOWED_AT = "greatest(claimed.redriven_at, claimed.allowed_at, claimed.created_at)"
#: Seconds of a delivery's life, since it was created or driven again, in which a provider of its channel was paused.
HELD_SECONDS = f"""coalesce((
            select max(by_provider.seconds) from (
              select sum(extract(epoch from coalesce(p.closed_at, now())
                - greatest(p.opened_at, {ALLOWED_AT}))) as seconds
              from provider_pauses p
              where p.channel = :channel
                and (p.closed_at is null or p.closed_at > {ALLOWED_AT})
              group by p.provider
            ) by_provider
          ), 0)"""

#: Whether deliveries that waited for a provider of the channel are still to be released.
RELEASING = "exists (select from provider_pauses where channel = :channel and released_to is not null)"

#: Since when the adapter has worked, after it had raised; null while it is paused, or if it never raised.
ADAPTER_WORKS_SINCE = f"""(
        select max(closed_at) from provider_pauses
        where channel = :channel and provider = '{ADAPTER}' and not exists (select from pause where provider = '{ADAPTER}')
      )"""

#: Whether the adapter is paused and only one person is left to try it on: all that was claimed goes to one, and nobody else's
#: delivery is due or has met the pause. What waits by a rule says nothing about the adapter.
_TOLD = "coalesce((notification).user_id, (notification).id)"
ALONE = f"""(
        case when exists (select from pause where provider = '{ADAPTER}') then
          (select count(distinct {_TOLD}) = 1 from judged where id in (select id from claimed))
          and not exists (
            select from notification_deliveries d
            join notifications n on n.id = d.notification_id
            where d.channel = :channel and {all_pending()}
              and (d.waits_for is null or d.error in ('{Reason.ADAPTER_ERROR}', '{Reason.PROVIDER_PAUSED}'))
              and coalesce(n.user_id, n.id) <> (select {_TOLD} from judged where id in (select id from claimed) limit 1)
          )
        else false end
      )"""

#: Opens and closes pauses by what the providers answered to a batch.
RECORD_PAUSES = """
    answered as materialized (
      select * from jsonb_to_recordset(cast(:providers as jsonb)) as a (provider text, reason text)
    ),
    paused as (
      insert into provider_pauses (channel, provider, reason, opened_at, probe_at)
      select :channel, provider, reason, now(), now() + make_interval(secs => :probe_seconds)
      from answered where reason is not null
      on conflict (channel, provider) where closed_at is null do nothing
      returning provider
    ),
    closing as materialized (
      select p.id
      from provider_pauses p
      join answered on answered.provider = p.provider and answered.reason is null
      where p.channel = :channel and p.closed_at is null
      for update of p
    ),
    resumed as (
      update provider_pauses p set closed_at = now(), released_to = now()
      from closing
      where p.id = closing.id
      returning p.provider
    ),
    forgotten as (
      delete from provider_pauses
      where exists (select from resumed) and closed_at < now() - make_interval(days => :kept_days)
    )"""


def parameters(channel: Channel) -> dict[str, object]:
    """Return the values that PAUSE and DEPENDENT take."""
    served = {each.provider: each.platform or "" for each in channel.credentials}
    return {
        "providers": ",".join(served),
        "platforms": ",".join(served.values()),
        "probe_seconds": PROBE_SECONDS,
        "longest_wait": LONGEST_WAIT,
    }
