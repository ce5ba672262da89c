"""Mails to the owners of destinations that have died: one is due with each death, and is written down with its end."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection, text

from owlpost.db import direct_mails, mailbox, rows
from owlpost.domain.destinations import DestinationState
from owlpost.domain.direct_mails import DirectMailOutcome
from owlpost.domain.value import dataclass

#: Whom a room belongs to is who connected it. `begun_at` is of an earlier take: what became of its mail, nobody has recorded.
TAKE_DUE = text(f"""
    with due as materialized (
      select t.id, t.death_mail_begun_at as begun_at, coalesce(t.user_id, t.created_by) as owner_id
      from destinations t
      where t.state = '{DestinationState.DEAD}' and t.death_mail_due_at <= now()
      order by t.death_mail_due_at
      limit 1
      for update skip locked
    )
    update destinations t
    set death_mail_due_at = now() + make_interval(secs => :lease_seconds),
        death_mail_begun_at = coalesce(due.begun_at, now())
    from due
    left join users u on u.id = due.owner_id
    where t.id = due.id
    returning t.id, t.channel, t.label, t.dead_at, t.failing_since, t.last_error, due.begun_at, u.email as address,
              u.preferences ->> 'locale' as locale,
              now() as now, (select name from teams where id = t.team_id) as team,
              t.team_id is null or exists (
                select from team_members m where m.team_id = t.team_id and m.user_id = due.owner_id
              ) as is_theirs,
              exists (select from email_suppressions s where {mailbox.suppresses("u.email")}) as suppressed
""")
#: Of this very death: one that lives again, or has died anew since, is another matter.
_OF_DEATH = f"id = :id and state = '{DestinationState.DEAD}' and dead_at = :dead_at"
END = text(f"update destinations set death_mail_due_at = null, death_mail_begun_at = null where {_OF_DEATH}")
PUT_OFF = text(f"""
    update destinations
    set death_mail_due_at = now() + make_interval(secs => :seconds),
        death_mail_begun_at = case when :in_doubt then death_mail_begun_at end
    where {_OF_DEATH}
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Death:
    """A dead destination and its owner.

    `address` is None where the owner has none or is gone, `team` the name of a room's team. `is_theirs` is false of a room
    whose owner has left the team.
    """

    id: UUID
    channel: str
    label: str
    dead_at: datetime
    failing_since: datetime | None
    last_error: str | None
    begun_at: datetime | None
    address: str | None
    locale: str | None
    now: datetime
    team: str | None
    is_theirs: bool
    suppressed: bool


def take(connection: Connection, *, lease: timedelta) -> Death | None:
    """Return the death whose mail has been due for longest, and keep it from others for `lease`. None if there is none."""
    return rows.optional(Death, connection.execute(TAKE_DUE, {"lease_seconds": lease.total_seconds()}).one_or_none())


def end(connection: Connection, death: Death, outcomes: Sequence[DirectMailOutcome]) -> int:
    """Keep what became of its mail, and mail nobody about it again. Return how many addresses are suppressed by it."""
    connection.execute(END, {"id": death.id, "dead_at": death.dead_at})
    return direct_mails.add(connection, outcomes) if outcomes else 0


def put_off(connection: Connection, death: Death, pause: timedelta, *, in_doubt: bool) -> None:
    """Have it mailed again after a pause; `in_doubt` if a mail may have gone out."""
    values = {"id": death.id, "dead_at": death.dead_at, "seconds": pause.total_seconds(), "in_doubt": in_doubt}
    connection.execute(PUT_OFF, values)
