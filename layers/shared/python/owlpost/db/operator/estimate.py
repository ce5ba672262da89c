"""Judge a request as the fan-out would, for its whole audience, and write nothing."""

from uuid import UUID

from sqlalchemy import Connection, TextClause, text

from owlpost.db import rows
from owlpost.db.enqueue import audience, fan_out
from owlpost.db.enqueue.audience import BY_IDS, BY_TEAM, Range
from owlpost.db.enqueue.limits import Limits
from owlpost.db.mailbox import is_suppressed
from owlpost.domain.channels import NOTIFICATION_CHANNELS
from owlpost.domain.reasons import Reason
from owlpost.domain.requests import ByTeam, EnqueueRequest
from owlpost.domain.types import NotificationType
from owlpost.domain.value import dataclass

#: No request has this id: a hold on one request does not stop what is not sent yet.
NOT_SENT_YET = UUID(int=0)
#: The rule of what nothing stops, and of what the preferences switch off.
SENT = "sent"
SWITCHED_OFF = "switched_off"


def _count(people: str) -> TextClause:
    """Where there is no address or device, the worker would skip the delivery: so much is known before."""
    return text(f"""
    with {fan_out.judged(people)}
    reached as (
      select judged.channel, case
          when judged.rule in ('{Reason.NOT_IN_TEAM}', '{Reason.HELD}') then judged.rule
          when judged.by_address and coalesce(u.email, '') = '' then '{Reason.NO_ADDRESS}'
          when judged.by_address and {is_suppressed("u.email")} then '{Reason.SUPPRESSED}'
          when judged.rule is not null then judged.rule
          when judged.channel = any(string_to_array(:by_device, ',')) and not exists (
            select from user_devices v where v.user_id = judged.user_id and v.channel = judged.channel
          ) then '{Reason.NO_DEVICE}'
          else '{SENT}'
        end as rule
      from judged
      join users u on u.id = judged.user_id
    ),
    by_rule as (
      select channel, rule, count(*) as people from reached group by channel, rule
      union all
      select channel.key, '{SWITCHED_OFF}', (select count(*) from audience) - (
        select count(*) from judged where judged.channel = channel.key
      )
      from unnest(string_to_array(:channels, ',')) as channel (key)
    )
    select channel, rule, people, (select count(*) from audience) as audience
    from by_rule
    where people > 0
    order by channel, people desc, rule
""")


COUNT_IDS = _count(BY_IDS)
COUNT_TEAM = _count(BY_TEAM)

#: Requests of the producer within the last minute, up to the brake's limit.
COUNT_RECENT = text("""
    select count(*) from (
      select from notification_requests
      where coalesce(producer, '') = coalesce(cast(:producer as text), '') and created_at > now() - interval '1 minute'
      limit :limit
    ) recent
""")


@dataclass(frozen=True, slots=True)
class Reached:
    """How many people one rule decides about on one channel; `sent` if nothing stops it."""

    channel: str
    rule: str
    people: int
    audience: int


def reached(
    connection: Connection, request: EnqueueRequest, kind: NotificationType, *, per_person: int | None
) -> list[Reached]:
    """Return what the fan-out would decide for everybody whom the request names; empty if that is nobody."""
    by_device = ",".join(channel.key for channel in NOTIFICATION_CHANNELS.values() if channel.by_device)
    values = {**fan_out.content(NOT_SENT_YET, request, kind), **Limits(None, per_person).values, "by_device": by_device}
    if isinstance(request.recipients, ByTeam):
        values.update(audience.team_range(request.recipients, Range()))
        return rows.values(Reached, connection.execute(COUNT_TEAM, values))
    values["user_ids"] = ",".join(request.recipients.distinct)
    return rows.values(Reached, connection.execute(COUNT_IDS, values))


def recent_requests(connection: Connection, producer: str | None, *, limit: int) -> int:
    """Return how many requests the producer sent within the last minute; counting stops at the limit."""
    number: int = connection.execute(COUNT_RECENT, {"producer": producer, "limit": limit}).scalar_one()
    return number
