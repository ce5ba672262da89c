"""Hourly: enqueue the issue digests that are due, each project's in its own transaction.

A scheduled run that knows that none can be due leaves the database asleep.
"""

from collections.abc import Iterator
from uuid import UUID

from sqlalchemy import Connection

from owlpost.db.schedules import digest
from owlpost.db.schedules.digest import Collected
from owlpost.db.session import Database
from owlpost.domain.clock import Clock
from owlpost.domain.errors import OwlpostError
from owlpost.domain.requests import EnqueueResult
from owlpost.domain.value import dataclass
from owlpost.observability import count, logger
from owlpost.producers import issue_digest
from owlpost.producers.issue_digest import DigestDue, OpenIssue
from owlpost.services.digest_rest import DigestRest
from owlpost.services.enqueue.dispatch import Dispatch, Stored
from owlpost.services.enqueue.submission import Submission

#: The run at this hour (UTC) always looks: cleanup has woken the database then. It learns of projects that nobody told of.
DAILY_HOUR = 6


class DigestsFailed(OwlpostError):
    """Some projects' digests could not be written. The others went out; another run tries again."""


@dataclass(frozen=True, slots=True)
class Digested:
    """The result of a run. `notifications` counts those written at once: of a large team, the first chunk."""

    due: int
    digests: int
    notifications: int


@dataclass(frozen=True, slots=True)
class Digests:
    """`rest_clock` is a worker's own, for a run that has not connected yet; the hours it tells apart are an hour long.

    `told` is whether the host tells of every change to its issues.
    """

    database: Database
    dispatch: Dispatch
    now: Clock
    rest: DigestRest
    rest_clock: Clock
    told: bool = False

    def run_if_due(self) -> Digested:
        """Run if a digest can be due, or if that is not known. Raises DigestsFailed as `run` does; the next run looks then."""
        known = self.rest.known()
        if known.rests_until is not None and digest.slot(self.rest_clock()) < known.rests_until:
            logger().info("no digest can be due", extra={"rests_until": known.rests_until})
            count("DigestRan")
            return Digested(0, 0, 0)
        digested = self.run()
        self.rest.rest(known, until=self._next_look())
        return digested

    def _next_look(self) -> int:
        """Return the hour at which a digest can be due, at the latest that of the daily look."""
        with self.database.transaction() as connection:
            now = self.now()
            due = digest.next_due(connection, now=now, told=self.told)
        daily = _daily_look_after(digest.slot(now))
        return daily if due is None else min(due, daily)

    def run(self) -> Digested:
        """Enqueue the digest of every project that is due. Raises DigestsFailed at the end if one could not be written."""
        with self.database.transaction() as connection:
            due = digest.due_projects(connection, now=self.now())
        results: list[EnqueueResult] = []
        failed = 0
        for project_id in due:
            try:
                results.extend(self._enqueue(project_id))
            except Exception:  # noqa: BLE001 (one team's failure must not silence the others; it is logged, and raised below)
                logger().exception("digest failed", extra={"project_id": str(project_id)})
                failed += 1
        logger().info("digested", extra={"due": len(due), "digests": len(results), "failed": failed})
        count("DigestRan")
        if failed:
            raise DigestsFailed(f"{failed} of {len(due)} digests could not be written")
        return Digested(len(due), len(results), sum(result.notifications for result in results))

    def _enqueue(self, project_id: UUID) -> Iterator[EnqueueResult]:
        """Yield the result, or nothing if another run was faster, or if the team is empty: then no issue is marked."""
        with self.dispatch.transaction() as connection:
            stored = self._store(connection, project_id)
            if stored is None or stored.is_empty:
                connection.rollback()
                return
        self.dispatch.queue(stored)
        yield stored.result

    def _store(self, connection: Connection, project_id: UUID) -> Stored | None:
        """Mark the project's issues and store its digest if this transaction gets the lock and the digest is still due."""
        now = self.now()
        if not digest.take_turn(connection, project_id):
            return None
        collected = digest.collect(connection, project_id=project_id, now=now)
        request = collected and issue_digest.announce(_fact(project_id, collected, slot=digest.slot(now)))
        if not request:
            return None
        return self.dispatch.store(connection, Submission.from_json(request.model_dump(mode="json", exclude_none=True)))


def _daily_look_after(hour: int) -> int:
    return hour + 1 + (DAILY_HOUR - hour - 1) % 24


def _fact(project_id: UUID, collected: Collected, *, slot: int) -> DigestDue:
    return DigestDue(
        project_id=project_id,
        project_name=collected.project_name,
        team_id=collected.team_id,
        slot=slot,
        issue_count=collected.issue_count,
        issues=tuple(OpenIssue.model_validate(dict(issue)) for issue in collected.issues),
    )
