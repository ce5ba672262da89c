"""Find the projects whose issue digest is due, and take the issues of one digest.


A digest marks its issues with its time; the latest mark is the project's last digest. Times are rounded to the nearest hour: an
hourly run that starts two seconds early still belongs to its hour.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, text

from owlpost.domain import frequencies
from owlpost.domain.frequencies import AlertFrequency
from owlpost.domain.value import dataclass

#: Hours between two digests of a project. A project with `none` gets no digests.
HOURS: dict[AlertFrequency, int] = {"hourly": 1, "6_hourly": 6, "daily": 24, "weekly": 168}
#: Issues that one digest lists; the others are marked and counted.
CARRIED = 50
#: Columns of each listed issue.
ISSUE = ("title", "status", "occurrence_count", "unique_user_count", "app_name")

#: The projects that get digests. A mark at or past the horizon, a whole interval ahead, was made by a wrong clock and is
#: ignored.
PROJECTS = f"""
    select p.id, p.name, p.team_id, p.created_at, every.hours,
           cast(:now as timestamptz) + make_interval(hours => every.hours) as horizon
    from projects p
    left join (values {", ".join(f"('{frequency}', {hours})" for frequency, hours in HOURS.items())})
      as chosen (frequency, hours) on chosen.frequency = p.issue_alert_frequency
    cross join lateral (select coalesce(chosen.hours, {HOURS[frequencies.DEFAULT]}) as hours) every
    where p.issue_alert_frequency is distinct from 'none'
"""

#: An issue returns if it was seen between the mark and now. A phone whose clock is ahead does not bring it back each time.
QUALIFIES = """
    i.project_id = p.id and not i.is_dev and i.status in ('new', 'regressed') and (
      i.last_notified_at is null
      or i.last_notified_at >= p.horizon
      or (i.last_seen_at > i.last_notified_at and i.last_seen_at <= :now)
    )
"""

#: The projects with qualifying issues whose interval has passed since their last digest, or since their creation.
DUE = f"""
    select p.id, p.name, p.team_id, p.horizon
    from ({PROJECTS}) p
    cross join lateral (
      select coalesce(max(i.last_notified_at), p.created_at) as at
      from issues i
      where i.project_id = p.id and i.last_notified_at < p.horizon
    ) as latest
    where cast(:slot as bigint) - floor((extract(epoch from latest.at) + 1800) / 3600) >= p.hours
      and exists (select from issues i where {QUALIFIES})
"""

#: The hour of each project's last digest, or of its creation.
_LATEST_HOUR = "floor((extract(epoch from latest.at) + 1800) / 3600)"

#: The first hour at which a project can be due. Where the host tells of its issues, only projects count that have one now, or
#: will have one once the time has come at which a phone says that it saw it; else an issue may come to any project unseen.
FIND_NEXT_DUE = text(f"""
    select min(greatest(:slot + 1, {_LATEST_HOUR} + p.hours, case when :told then open.since end))
    from ({PROJECTS}) p
    cross join lateral (
      select coalesce(max(i.last_notified_at), p.created_at) as at
      from issues i
      where i.project_id = p.id and i.last_notified_at < p.horizon
    ) as latest
    cross join lateral (
      select min(case when i.last_notified_at < p.horizon then floor(extract(epoch from i.last_seen_at) / 3600) else 0 end)
        as since
      from issues i
      where :told and i.project_id = p.id and not i.is_dev and i.status in ('new', 'regressed')
        and (i.last_notified_at is null or i.last_notified_at >= p.horizon or i.last_seen_at > i.last_notified_at)
    ) as open
    where not :told or open.since is not null
""")

FIND_DUE_PROJECTS = text(f"{DUE} order by p.id")

#: One run at a time makes a project's digest; the other then finds it done.
LOCK_PROJECT = text("select pg_try_advisory_xact_lock(hashtextextended('owlpost.digest:' || :project_id, 0))")

#: If the project is still due, mark all qualifying issues. Returns the first of them and their number.
MARK_ISSUES = text(f"""
    with due as ({DUE} and p.id = :project_id),
    marked as (
      update issues i
      set last_notified_at = :now
      from due p
      where {QUALIFIES}
      returning i.id, i.app_id, i.title, i.status, i.occurrence_count, i.unique_user_count
    )
    select p.name as project_name, p.team_id, count(*) over () as issue_count,
           m.title, m.status, m.occurrence_count, m.unique_user_count, a.name as app_name
    from due p
    cross join marked m
    join apps a on a.id = m.app_id
    order by m.status = 'regressed', m.occurrence_count desc, m.id
    limit {CARRIED}
""")


@dataclass(frozen=True, slots=True)
class Collected:
    """The content of a digest: `issue_count` issues were marked, and `issues` are the first of them."""

    project_name: str
    team_id: UUID
    issue_count: int
    issues: Sequence[Mapping[str, object]]


def slot(moment: datetime) -> int:
    """Return the hour nearest to the moment, counted from 1970."""
    return int((moment.timestamp() + 1800) // 3600)


def due_projects(connection: Connection, *, now: datetime) -> Sequence[UUID]:
    """Return the projects whose digest is due, by id."""
    return connection.execute(FIND_DUE_PROJECTS, {"now": now, "slot": slot(now)}).scalars().all()


def next_due(connection: Connection, *, now: datetime, told: bool) -> int | None:
    """Return the next hour, counted as `slot` does, at which a digest can be due; None if no project can come due.

    `told` is whether the host tells of every change to its issues; else one may come at any time.
    """
    found = connection.execute(FIND_NEXT_DUE, {"now": now, "slot": slot(now), "told": told}).scalar_one()
    return None if found is None else int(found)


def take_turn(connection: Connection, project_id: UUID) -> bool:
    """Lock the project's digest for this transaction. Return False while another transaction holds it."""
    return bool(connection.execute(LOCK_PROJECT, {"project_id": str(project_id)}).scalar_one())


def collect(connection: Connection, *, project_id: UUID, now: datetime) -> Collected | None:
    """Mark the issues of the project's digest and return them, None if it is no longer due. Call `take_turn` first."""
    rows = connection.execute(MARK_ISSUES, {"project_id": project_id, "now": now, "slot": slot(now)}).mappings().all()
    if not rows:
        return None
    first = rows[0]
    issues = [{column: row[column] for column in ISSUE} for row in rows]
    return Collected(first["project_name"], first["team_id"], first["issue_count"], issues)
