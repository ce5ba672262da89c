"""Claiming: one statement that takes deliveries for a worker and loads all that it needs to attempt them."""

from collections.abc import Collection, Iterable, Sequence
from uuid import UUID

from sqlalchemy import Connection, text

from owlpost.db import judgement
from owlpost.db.delivery import pauses
from owlpost.db.delivery.claim import Claim
from owlpost.db.delivery.destinations import LOADED_DESTINATIONS
from owlpost.db.delivery.gathering import GATHERED_IN, IS_DUE, MAY_GO, SLEEPER, TAKEN_ALONG, WAKING
from owlpost.db.delivery.pauses import ADAPTER_WORKS_SINCE, ALLOWED_AT, ALONE, DEPENDENT, HELD_SECONDS, PAUSE, RELEASING
from owlpost.db.delivery.retired_devices import RECENT_TALLIES
from owlpost.db.delivery.ruling import JUDGED, PREFERENCE_AT
from owlpost.db.guests import is_guest_device
from owlpost.db.unread import count_of, unread_of
from owlpost.domain.channel import Channel
from owlpost.domain.guest_list import GuestList
from owlpost.domain.reasons import Reason
from owlpost.domain.registry_version import registry_version
from owlpost.domain.value import dataclass

#: Lock, judge, lease and load, in one statement. Every time in it is the database's.
#: Rows are locked in the order of their ids, so that two workers with the same messages wait for each other instead of
#: dead-locking, and the second finds the lease of the first. A frozen batch is claimed with all its members, which were
#: judged before its first call. All others are judged now, halves of a refused batch too: a notification that was read or
#: deleted meanwhile is not sent. Deliveries that wait for a paused provider, or by a rule, are not
#: claimed: see `pauses` and `db.judgement`. With `offset 0` a row is looked up by what is known of it, whatever statistics of
#: some time ago promise of another way: see `db.pending`.
CLAIM_DELIVERIES = text(f"""
    with asked as materialized (
      select cast(unnest(string_to_array(:ids, ',')) as uuid) as id
    ),
    mine as materialized (
      select d.id, d.notification_id, d.channel, d.batch_id, d.gathered_in, d.waits_for, d.next_attempt_at
      from asked
      cross join lateral (select * from notification_deliveries where id = asked.id offset 0) d
      where d.status = 'pending'
    ),
    {WAKING.strip()},
    candidate as materialized (
      select id from asked
      union
      select member.id
      from (select distinct batch_id from mine) frozen
      cross join lateral (
        select id from notification_deliveries where batch_id = frozen.batch_id and status = 'pending' offset 0
      ) member
      union
      {TAKEN_ALONG.strip()}
    ),
    locked as materialized (
      select d.id, d.notification_id, d.batch_id, d.batched_at is not null as was_called,
             d.replaced_at is not null as replaces, d.gathered_in, {SLEEPER} as sleeper, {IS_DUE} as is_due,
             -- a worker that died between its call and its record, or a batch that another sender had in doubt
             :twice and (d.lease_id is not null or d.batched_at is not null) as in_doubt
      from notification_deliveries d
      join candidate on candidate.id = d.id
      -- gathered meanwhile by the worker that the lock waited for
      join notification_deliveries seen on seen.id = d.id and seen.gathered_in is not distinct from d.gathered_in
      where d.channel = :channel and d.status = 'pending'
        and (d.leased_until is null or d.leased_until <= now())
        and (d.gathered_in is not null or {IS_DUE})
      order by d.id
      for update of d
    ),
    claimable as materialized (
      select id, notification_id, batch_id, was_called, replaces, in_doubt, {GATHERED_IN} as gathered_in,
             gathered_in is not null as was_gathered
      from locked
      where {MAY_GO}
    ),{PAUSE},{DEPENDENT},{judgement.OPEN_HOLDS},
{JUDGED},
    put_off as (
      update notification_deliveries d
      set waits_for = judged.decided, next_attempt_at = judged.until,
          gathered_in = case when judged.decided = '{Reason.HELD}' then judged.gathered_in else d.gathered_in end,
          queued_at = case when judged.until <= {judgement.SOON} then judged.until else now() end
      from (
        select id, decided, gathered_in, case when decided <> '{Reason.HELD}' then until end as until from judged where waits
      ) judged
      where d.id = judged.id
      returning d.id, d.waits_for, d.next_attempt_at
    ),
    -- Deliveries that form a new batch: those of no batch together, and each half of a refused batch by itself.
    fresh as materialized (
      select batch_id as half, case when batch_id is null then cast(:batch_id as uuid) else owlpost_uuid7() end as id,
             count(*) as size
      from judged
      where skip is null and waits is not true and not was_called
      group by batch_id
    ),
    claimed as (
      update notification_deliveries d
      set lease_id = :lease_id, leased_until = now() + make_interval(secs => :lease_seconds), attempted_at = now(),
          attempts = d.attempts + 1, waits_for = null, gathered_in = judged.gathered_in,
          allowed_at = case when d.waits_for is null then d.allowed_at else now() end,
          decided_by = coalesce(judged.why, d.decided_by),
          registry = case when judged.why is null then d.registry else :registry end,
          preference_at = case when judged.why is null then d.preference_at else {PREFERENCE_AT} end,
          address = case when :by_address then coalesce(d.address, judged.email) end,
          -- a repeat of a call says the same in the same language
          locale = case when judged.was_called then d.locale else judged.locale end,
          batch_id = case when judged.skip is null and :freezes then coalesce(fresh.id, d.batch_id) end,
          batched_at = case when judged.skip is null and :freezes then coalesce(d.batched_at, now()) end,
          batch_size = case when judged.skip is null and :freezes then coalesce(fresh.size, d.batch_size) end
      from judged
      left join fresh on not judged.was_called and judged.skip is null and fresh.half is not distinct from judged.batch_id
      where d.id = judged.id and judged.waits is not true
      returning d.*
    )
    select jsonb_build_object(
      'claimed_at', now(),
      'paused', (select jsonb_agg(provider) from pause where id not in (select id from probe)),
      'releasing', {RELEASING}, 'adapter_works_since', {ADAPTER_WORKS_SINCE}, 'alone', {ALONE},
      'tallies', case when :by_device then {RECENT_TALLIES} end,
      'claimed', (
        select jsonb_agg(jsonb_build_object(
          'id', claimed.id, 'attempts', claimed.attempts, 'attempt_metadata', claimed.attempt_metadata,
          -- with a test of a destination its adapter may look the person up by it
          'address', case when :by_destination and claimed.destination_id is not null then judged.email
                          else claimed.address end,
          'locale', claimed.locale,
          'batch_id', claimed.batch_id, 'batch_size', claimed.batch_size,
          'batched_at', claimed.batched_at, 'gathered_in', claimed.gathered_in,
          'skip', judged.skip, 'in_doubt', judged.in_doubt,
          'created_at', {ALLOWED_AT}, 'held_seconds', {HELD_SECONDS},
          'notification', to_jsonb(judged.notification), 'correlation_id', judged.correlation_id,
          'devices', device.list, 'destinations', destination.list,
          'unread', case when device.list is not null then {count_of(unread_of("(judged.notification).user_id"))} else 0 end
        ) order by claimed.id)
        from claimed
        join judged on judged.id = claimed.id
        left join lateral (
          select jsonb_agg(jsonb_build_object(
            'id', v.id, 'platform', v.platform, 'token', v.token, 'environment', v.environment,
            'registered_at', v.registered_at, 'doubted_at', v.doubted_at
          ) order by v.id) as list
          from user_devices v
          where v.user_id = (judged.notification).user_id and v.channel = :channel
            and {is_guest_device("judged.email", "v.token")}
        ) device on true
        left join lateral {LOADED_DESTINATIONS} destination on true
      ),
      'unclaimed', (
        select jsonb_agg(jsonb_build_object(
          'id', asked.id, 'status', d.status,
          'waits_for', case when waiting.id is null then coalesce(put_off.waits_for, d.waits_for) end,
          'wait', extract(epoch from coalesce(
            waiting.next_attempt_at, put_off.next_attempt_at, greatest(d.leased_until, d.next_attempt_at)
          ) - now())
        ))
        from asked
        left join waiting on waiting.id = asked.id
        left join put_off on put_off.id = asked.id
        left join notification_deliveries d on d.id = asked.id
        where asked.id not in (select id from claimed)
      )
    )
""")


#: The provider compares a repeat with its first call, so who leaves a batch must leave it before that call.
LEAVE_BATCH = text("""
    update notification_deliveries d
    set batch_id = case when leaves then null else d.batch_id end,
        batched_at = case when leaves then null else d.batched_at end,
        batch_size = case when leaves then null else cast(:remaining as integer) end
    from (
      select cast(unnest(string_to_array(:leaving, ',')) as uuid) as id, true as leaves
      union all
      select cast(unnest(string_to_array(:staying, ',')) as uuid), false
    ) member
    where d.id = member.id and d.lease_id = :lease_id
""")


@dataclass(frozen=True, slots=True)
class Lease:
    """One worker's right to attempt what it claims, for `seconds`; a fresh batch that it freezes takes `batch_id`."""

    id: UUID
    batch_id: UUID
    seconds: float


def claim(
    connection: Connection,
    delivery_ids: Sequence[UUID],
    *,
    channel: Channel,
    lease: Lease,
    guests: GuestList | None = None,
) -> Claim:
    """Claim these deliveries as far as possible now, together with the other members of their frozen batches.

    So is what waited for the end of a person's quiet hours, to go as one. With `guests` nobody else is reached, on no other
    device.
    """
    answer = connection.execute(CLAIM_DELIVERIES, parameters(delivery_ids, channel, lease, guests)).scalar_one()
    return Claim.from_json(answer)


def leave_batch(connection: Connection, lease_id: UUID, leaving: Collection[UUID], staying: Collection[UUID]) -> bool:
    """Take members out of a frozen batch that no provider has seen. Return whether the worker still holds all of it."""
    values = {"leaving": _listed(leaving), "staying": _listed(staying), "remaining": len(staying), "lease_id": lease_id}
    return connection.execute(LEAVE_BATCH, values).rowcount == len(leaving) + len(staying)


def _listed(ids: Iterable[UUID]) -> str:
    return ",".join(map(str, ids))


def parameters(
    delivery_ids: Sequence[UUID], channel: Channel, lease: Lease, guests: GuestList | None = None
) -> dict[str, object]:
    """Return the values that CLAIM_DELIVERIES takes."""
    return {
        "ids": _listed(delivery_ids),
        "channel": channel.key,
        "by_address": channel.by_address,
        "by_device": channel.by_device,
        "by_destination": channel.by_destination,
        "freezes": channel.freezes_batches,
        "twice": channel.twice,
        "lease_id": lease.id,
        "batch_id": lease.batch_id,
        "lease_seconds": lease.seconds,
        "guests": guests.spelled if guests else None,
        **pauses.parameters(channel),
        **judgement.of_kinds(channel.key),
        "registry": registry_version(),
    }
