"""The host changed the role of a member → a security mail to that person, which nobody can switch off; no notification."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime

from owlpost.domain.people import Role
from owlpost.producers.facts import Fact
from owlpost.producers.silence import Silence


def _in_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("is outside of the years 1 to 9999 in UTC") from None


class MemberRoleChanged(Fact):
    """A member of a team has another role from `changed_at` on. `changed_by` is the person who changed it, if it was one.

    Tell it after the commit, or by the outbox in the transaction of the change.
    """

    user_id: UUID
    team_id: UUID
    role: Role
    previous_role: Role
    changed_at: Annotated[AwareDatetime, AfterValidator(_in_utc)]
    changed_by: UUID | None = None

    @property
    def key(self) -> str:
        """What makes it the same change: the member and the moment."""
        return f"member_role_changed:{self.team_id}:{self.user_id}:{self.changed_at.isoformat()}"


class RoleMail(Fact):
    """The event of the function that mails: what a role change says to its person. `by` is None where no person did it.

    Mails with the same key are sent once. `team` and `by` are as people typed them. `locale` is the person's.
    """

    key: str
    to: str
    team: str
    role: Role
    previous_role: Role
    at: AwareDatetime
    by: str | None = None
    locale: str | None = None


def announce(change: MemberRoleChanged) -> MemberRoleChanged | Silence:
    """Return the change, or Silence where the role is the same as before."""
    return Silence("the role is the same as before") if change.role == change.previous_role else change
