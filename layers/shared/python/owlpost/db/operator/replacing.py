"""Give recalled notifications new words, and let the pushes that are out go once more, in the place of the first."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Connection, TextClause, text

from owlpost.db import rows, texts
from owlpost.domain.channels import NOTIFICATION_CHANNELS
from owlpost.domain.reasons import Reason
from owlpost.domain.stop_commands import Words
from owlpost.domain.value import dataclass

#: What does not stand there already: who repeats the command rings nobody twice.
_TOLD = """
    asked as materialized (
      select r.id, r.created_at from notification_requests r
      where r.id = any(cast(string_to_array(:ids, ',') as uuid[]))
    ),
    told as materialized (
      select n.id, n.read_at
      from notifications n
      join asked on asked.id = n.request_id
      where n.created_at >= (select min(created_at) from asked) and n.deleted_at is null
        and (n.title, n.body, n.link) is distinct from (
          cast(:title as text), cast(:body as text), coalesce(cast(:link as text), n.link)
        )
    )"""
#: Pushes that their provider took, to people who have not read the notification. What went out as one with it goes once more as
#: well: the words on the phone are those of all, and what takes their place has to tell of all.
_OUT = """
    worded as materialized (
      select d.id, d.gathered_in, d.channel
      from told join notification_deliveries d on d.notification_id = told.id
      where d.status = 'sent' and told.read_at is null and d.channel = any(string_to_array(:by_device, ','))
    ),
    out as materialized (
      select d.id, d.channel, n.user_id, coalesce(n.team_id, n.request_id) as queue_group
      from (
        select id from worded
        union
        select along.id from worded join notification_deliveries along
          on along.gathered_in = worded.gathered_in and along.channel = worded.channel and along.status = 'sent'
      ) each
      join notification_deliveries d on d.id = each.id
      join notifications n on n.id = d.notification_id
      where n.read_at is null and n.deleted_at is null and jsonb_typeof(d.attempt_metadata -> 'devices') = 'object'
    )"""
#: Devices that have it are asked once more; those that were registered since have never shown the old words.
_DEVICES = f"""jsonb_build_object('devices', (
          select jsonb_object_agg(id, record) from (
            select device.key as id, device.value || case device.value ->> 'outcome'
                when 'delivered' then jsonb_build_object('outcome', 'transient') else '{{}}' end as record
            from jsonb_each(d.attempt_metadata -> 'devices') device
            union all
            select cast(v.id as text), jsonb_build_object(
              'outcome', 'skipped', 'platform', v.platform, 'reason', cast('{Reason.RECALLED}' as text)
            )
            from user_devices v
            where v.user_id = out.user_id and v.channel = d.channel
              and not d.attempt_metadata -> 'devices' ? cast(v.id as text)
          ) each
        ))"""

REPLACE = text(f"""
    with {_TOLD},{_OUT},
    reworded as (
      update notifications n set title = :title, body = :body, link = coalesce(:link, n.link)
      from told where n.id = told.id
      returning n.*
    ),
    found_by as (
      update notification_texts t set said = {texts.SAID} from reworded n where t.id = n.id
    )
    update notification_deliveries d
    set status = 'pending', replaced_at = now(), allowed_at = now(), attempts = 0, error = null, waits_for = null,
        next_attempt_at = null, queued_at = now(), lease_id = null, leased_until = null,
        attempt_metadata = d.attempt_metadata || {_DEVICES} || jsonb_build_object(
          'history', case jsonb_typeof(d.attempt_metadata -> 'history')
            when 'array' then d.attempt_metadata -> 'history' else '[]'
          end || jsonb_build_array(jsonb_build_object('at', now(), 'status', 'replaced'))
        )
    from out where d.id = out.id
    returning d.id, d.channel, out.queue_group
""")

COUNT = text(f"""
    with {_TOLD},{_OUT}
    select id, channel, queue_group from out
""")


@dataclass(frozen=True, slots=True)
class Replaced:
    id: UUID
    channel: str
    queue_group: UUID


def replace(connection: Connection, request_ids: Sequence[UUID], words: Words) -> list[Replaced]:
    """Give what these requests told the new words. Return the pushes that go out once more."""
    return _run(connection, REPLACE, request_ids, words)


def count(connection: Connection, request_ids: Sequence[UUID], words: Words) -> list[Replaced]:
    """Return the pushes that `replace` would let go once more."""
    return _run(connection, COUNT, request_ids, words)


def _run(connection: Connection, statement: TextClause, request_ids: Sequence[UUID], words: Words) -> list[Replaced]:
    by_device = ",".join(channel.key for channel in NOTIFICATION_CHANNELS.values() if channel.by_device)
    values = {**words.model_dump(), "ids": ",".join(map(str, request_ids)), "by_device": by_device}
    return rows.values(Replaced, connection.execute(statement, values))
