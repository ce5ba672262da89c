"""End pending deliveries that nobody is attempting, by an operator's or a producer's word: parts of a statement."""

from owlpost.domain.reasons import Reason

#: The provider surely accepted nothing of the delivery's frozen batch: see `services.delivery.attempt_log`.
WAS_REFUSED = "coalesce(d.attempt_metadata #>> '{not_accepted,batch_id}' = cast(d.batch_id as text), false)"


def stopping(reason: Reason, *, change: bool = True) -> str:
    """Return the parts that end the deliveries of `meant (id)`; those that were ended are in `stopped (id, channel)`.

    A delivery with a living lease is left alone: its worker judges it again if its attempt fails. A frozen batch that its
    provider may have accepted goes on if not all of it is meant: it goes out unchanged or not at all. One that the provider
    refused is dissolved, and the others go out in a new one. Without `change`, the parts only count.
    """
    ended = f"""
    dissolved as (
      update notification_deliveries d
      set batch_id = null, batch_size = null, batched_at = null
      from locked
      where d.id = locked.id and not locked.is_meant
    ),
    stopped as (
      update notification_deliveries d
      set status = 'skipped', error = '{reason}', waits_for = null, next_attempt_at = null,
          lease_id = null, leased_until = null, attempted_at = coalesce(d.attempted_at, now()),
          attempt_metadata = d.attempt_metadata || jsonb_build_object(
            'history', case jsonb_typeof(d.attempt_metadata -> 'history')
              when 'array' then d.attempt_metadata -> 'history' else '[]'
            end || jsonb_build_array(jsonb_build_object('at', now(), 'status', 'skipped', 'reason', cast('{reason}' as text)))
          )
      from locked
      where d.id = locked.id and locked.is_meant
      returning d.id, d.channel
    )"""
    counted = "\n    stopped as (select id, channel from locked where is_meant)"
    return f"""
    batch as materialized (
      select d.batch_id, bool_and(d.id in (select id from meant)) as is_whole, bool_and({WAS_REFUSED}) as was_refused
      from notification_deliveries d
      where d.status = 'pending' and d.batched_at is not null and d.batch_id in (
        select b.batch_id from notification_deliveries b where b.id in (select id from meant) and b.batched_at is not null
      )
      group by d.batch_id
    ),
    locked as materialized (
      select d.id, d.channel, d.id in (select id from meant) as is_meant
      from notification_deliveries d
      left join batch on batch.batch_id = d.batch_id and d.batched_at is not null
      where d.status = 'pending' and (d.leased_until is null or d.leased_until <= now())
        and (batch.batch_id is null or batch.is_whole or batch.was_refused)
        and (d.id in (select id from meant) or batch.was_refused)
      order by d.id
      {"for update of d" if change else ""}
    ),{ended if change else counted}"""
