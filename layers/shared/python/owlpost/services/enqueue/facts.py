"""Facts in, notifications out: a producer of ours puts what happened into words, and its requests go the way of all others."""

from collections.abc import Iterator, Sequence

from sqlalchemy import Connection

from owlpost.domain.errors import IdempotencyConflict
from owlpost.domain.requests import EnqueueResult
from owlpost.domain.value import dataclass
from owlpost.invocations import Invocations
from owlpost.observability import logger
from owlpost.producers import happenings
from owlpost.producers.happenings import ISSUES_CHANGED, Announcement, FactResult, Happened
from owlpost.producers.member_role import MemberRoleChanged
from owlpost.services.digest_rest import DigestRest
from owlpost.services.enqueue.dispatch import Dispatch
from owlpost.services.enqueue.role_changes import RoleChanges
from owlpost.services.enqueue.submission import Submission

#: The function that mails the operator, and alone may.
ALERT = "alert"


@dataclass(frozen=True, slots=True)
class Facts:
    """What happened, told by its producer. Each request is stored in its own transaction, under a key made of the fact."""

    dispatch: Dispatch
    invocations: Invocations
    roles: RoleChanges
    digest: DigestRest

    def tell(self, body: object, *, correlation_id: str, expected: int | None = None) -> FactResult:
        """Dispatch what comes of the fact in a parsed JSON value. A repeat gets the first answer and tells nobody twice.

        With `expected`, all of it is stored in one transaction, and only if it tells so many people.

        Raises InvalidRequest naming the field, then nothing was written; IdempotencyConflict if other facts came under the
        same run, then every other request of this fact was taken; and Unavailable if its mail could not be started.
        """
        happened, announcement = self._announce(body)
        if announcement.silence is not None:
            return FactResult(happened=happened.happened, silent=announcement.silence.reason)
        if announcement.needs_alert:
            return FactResult(happened=happened.happened, alerted=True)
        if announcement.role_change is not None:
            with self.dispatch.database.transaction() as connection:
                told = self._tell_member(connection, happened, announcement.role_change, correlation_id)
            return FactResult(happened=happened.happened, requests=(told,))
        submissions = list(_submissions(announcement, correlation_id))
        if expected is not None:
            results = self.dispatch.accept_expected(submissions, expected)
        else:
            results = self._accept_all(submissions)
        return FactResult(happened=happened.happened, requests=results)

    def submissions(self, connection: Connection, body: object, *, correlation_id: str) -> Iterator[Submission]:
        """Return the requests that come of the fact, for a caller with a transaction of its own; a mail is started.

        Raises InvalidRequest naming the field, IdempotencyConflict for another role at the same moment, and Unavailable if
        the mail could not be started.
        """
        happened, announcement = self._announce(body)
        if announcement.role_change is not None:
            self._tell_member(connection, happened, announcement.role_change, correlation_id)
        return _submissions(announcement, correlation_id)

    def _tell_member(
        self, connection: Connection, happened: Happened, change: MemberRoleChanged, correlation_id: str
    ) -> EnqueueResult:
        told = self.roles.tell(connection, change, producer=happened.producer, correlation_id=correlation_id)
        logger().info(
            "member is told of a changed role",
            extra={
                "request_id": str(told.request_id),
                "user_id": str(change.user_id),
                "team_id": str(change.team_id),
                "producer": happened.producer,
                "duplicate": told.duplicate,
            },
        )
        return told

    def _announce(self, body: object) -> tuple[Happened, Announcement]:
        happened = Happened.from_json(body)
        announcement = happenings.announce(happened)
        if happened.happened in ISSUES_CHANGED:
            self.digest.ask()
        if announcement.silence is not None:
            silent = announcement.silence.reason
            logger().info("nobody is told", extra={"happened": happened.happened, "silent": silent})
        if announcement.needs_alert:
            self.invocations.start(ALERT, happened.fact)
        return happened, announcement

    def _accept_all(self, submissions: Sequence[Submission]) -> tuple[EnqueueResult, ...]:
        """Store each request, so that one team's conflict does not silence the others; the first conflict is raised then."""
        results: list[EnqueueResult] = []
        conflicts: list[IdempotencyConflict] = []
        for submission in submissions:
            try:
                results.append(self.dispatch.accept(submission))
            except IdempotencyConflict as conflict:
                conflicts.append(conflict)
        if conflicts:
            raise conflicts[0]
        return tuple(results)


def _submissions(announcement: Announcement, correlation_id: str) -> Iterator[Submission]:
    for request in announcement.requests:
        body = request.model_dump(mode="json", exclude_none=True)
        yield Submission.of(request, body, correlation_id=correlation_id)
