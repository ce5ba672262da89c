"""Changed roles, as the host tells them: into the audit trail, and to the person by a security mail."""

from sqlalchemy import Connection

from owlpost.db import direct_mails
from owlpost.db.enqueue import receipts, role_changes
from owlpost.db.enqueue.role_changes import Member
from owlpost.db.people import security_events
from owlpost.domain import json_values
from owlpost.domain.clock import Clock
from owlpost.domain.direct_mails import DirectMailOutcome
from owlpost.domain.errors import IdempotencyConflict, InvalidRequest
from owlpost.domain.idempotency import Key
from owlpost.domain.requests import EnqueueResult
from owlpost.domain.value import dataclass
from owlpost.invocations import Invocations
from owlpost.producers.member_role import MemberRoleChanged, RoleMail

#: What receipts call it, beside the types of notifications.
KIND = "member_role_changed"
#: The function that mails security mails of facts.
MAILS = "alert"
STARTED = "A security mail to the person's address was started."


@dataclass(frozen=True, slots=True)
class RoleChanges:
    invocations: Invocations
    now: Clock

    def tell(
        self, connection: Connection, change: MemberRoleChanged, *, producer: str | None, correlation_id: str
    ) -> EnqueueResult:
        """Record the change in the caller's transaction and start its mail. A repeat gets the first answer and mails nobody.

        The mail is started before the commit: what Lambda did not take is not recorded, and comes again. Its own key keeps it
        to one mail if the commit fails after that.

        Raises InvalidRequest naming the field, IdempotencyConflict, or Unavailable; nothing has been written then.
        """
        key = Key.of_producer(change.key, producer=producer, type_=KIND)
        body_hash = json_values.fingerprint(change.model_dump(mode="json"))
        with connection.begin_nested():
            opened = receipts.open_receipt(
                connection,
                key=key,
                body_hash=body_hash,
                type_=KIND,
                team_id=change.team_id,
                producer=producer,
                correlation_id=correlation_id,
            )
            if opened is None:
                receipt = receipts.find_receipt(connection, key)
                if receipt.body_hash != body_hash:
                    raise IdempotencyConflict(key.value)
                return receipt.answer
            mail = self._record(connection, change)
            self.invocations.start(MAILS, {KIND: mail.model_dump(mode="json", exclude_none=True)})
        return EnqueueResult(request_id=opened.id, message=STARTED)

    def _record(self, connection: Connection, change: MemberRoleChanged) -> RoleMail:
        found = role_changes.find(
            connection, user_id=change.user_id, team_id=change.team_id, changed_by=change.changed_by
        )
        to, team = _checked(found, change)
        security_events.record(
            connection,
            "role_changed",
            actor=change.changed_by,
            now=self.now(),
            detail=change.model_dump(mode="json", exclude={"changed_by"}),
        )
        direct_mails.add(connection, [DirectMailOutcome("role_changed", to, "started")])
        return RoleMail(
            key=change.key,
            to=to,
            team=team,
            role=change.role,
            previous_role=change.previous_role,
            at=change.changed_at,
            by=found.changer_name,
            locale=found.locale,
        )


def _checked(found: Member, change: MemberRoleChanged) -> tuple[str, str]:
    """Return the member's address and the team's name. Raises InvalidRequest naming the member of the fact at fault."""
    if found.email is None:
        raise InvalidRequest("fact.user_id", "is the id of no person")
    if found.team_name is None:
        raise InvalidRequest("fact.team_id", "is the id of no team")
    if not found.is_member:
        raise InvalidRequest("fact.user_id", "is not a member of this team")
    if change.changed_by is not None and found.changer_name is None:
        raise InvalidRequest("fact.changed_by", "is the id of no person")
    return found.email, found.team_name
