"""Inviting people to a team, and accepting."""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import Connection

from owlpost.auth import token_hash
from owlpost.db.people import invitations
from owlpost.db.people.invitations import Standing
from owlpost.db.session import Database
from owlpost.domain import cursors
from owlpost.domain.addresses import normal_address
from owlpost.domain.clock import Clock
from owlpost.domain.cursors import Place
from owlpost.domain.errors import NotFound
from owlpost.domain.invitations import Invitation, Offer
from owlpost.domain.people import MANAGING, Role, User
from owlpost.domain.refusals import Conflict, Forbidden, Gone
from owlpost.domain.text import one_line
from owlpost.services.direct_mail import DirectMail

#: All pending invitations of nearly every team, so that clients which do not know about pages get all of them.
LARGEST_PAGE = 500
VALID_FOR = timedelta(days=7)
NO_SUCH_INVITATION = "There is no such invitation."
OVER = "This invitation has expired or was already accepted."


@dataclass(frozen=True, slots=True)
class Joined:
    team_id: UUID
    team_name: str
    role: str


@dataclass(frozen=True, slots=True)
class InvitationPage:
    """`cursor` leads to the next page; None on the last one."""

    invitations: Sequence[Invitation]
    cursor: str | None


@dataclass(frozen=True, slots=True)
class Invitations:
    """`keys` sign cursors, the newest first."""

    database: Database
    keys: Sequence[str]
    mail: Callable[[], DirectMail]
    now: Clock

    def invite(self, inviter: User, team_id: UUID, *, email: str, role: Role = "member") -> Invitation:
        """Invite an address, again if it has been before, and mail it the link; only the newest link works.

        Raises NotFound for a team that is not the inviter's, Forbidden past their role, Conflict for a member.
        """
        address, token, now = normal_address(email), secrets.token_urlsafe(32), self.now()
        with self.database.transaction() as connection:
            standing = self._managing(connection, team_id, inviter.id, address=address)
            if role == "owner" and standing.role != "owner":
                raise Forbidden("Only an owner can invite another owner.")
            if standing.is_member:
                raise Conflict("This address already belongs to a member of the team.")
            invitation = invitations.invite(
                connection,
                team_id,
                inviter.id,
                address=address,
                role=role,
                token_hash=token_hash(token),
                expires_at=now + VALID_FOR,
                now=now,
            )
        team, who = one_line(standing.team_name), one_line(inviter.name)
        values = {"team": team, "inviter": who, "role": role, "days": VALID_FOR.days}
        self.mail().send(address, "team_invitation", values, link=f"/invite/accept?token={token}")
        return invitation

    def pending(
        self, user_id: UUID, team_id: UUID, *, cursor: str | None = None, limit: int = LARGEST_PAGE
    ) -> InvitationPage:
        """Return up to `limit` pending invitations, newest first. Raises InvalidRequest for a cursor that is not ours."""
        size = min(max(limit, 1), LARGEST_PAGE)
        after = cursors.verify(cursor, self.keys) if cursor else None
        with self.database.transaction() as connection:
            self._managing(connection, team_id, user_id)
            found = invitations.pending(connection, team_id, after=after, limit=size + 1, now=self.now())
        page = found[:size]
        place = Place(page[-1].created_at, page[-1].id) if len(found) > size else None
        return InvitationPage(page, cursors.sign(place, self.keys[0]) if place else None)

    def withdraw(self, user_id: UUID, team_id: UUID, id_: UUID) -> None:
        with self.database.transaction() as connection:
            self._managing(connection, team_id, user_id)
            if not invitations.delete(connection, team_id, id_):
                raise NotFound(NO_SUCH_INVITATION)

    def look(self, token: str) -> Offer:
        """What the link offers, to whoever holds it; raises NotFound or Gone."""
        with self.database.transaction() as connection:
            offer = invitations.find(connection, token_hash(token))
        if offer is None:
            raise NotFound(NO_SUCH_INVITATION)
        if offer.accepted_at is not None or offer.expires_at <= self.now():
            raise Gone(OVER)
        return offer

    def accept(self, user: User, token: str) -> Joined:
        """Join the team as the invited address; harmless where that has been done. Raises NotFound, Forbidden or Gone."""
        now = self.now()
        with self.database.transaction() as connection:
            offer = invitations.lock(connection, token_hash(token))
            if offer is None:
                raise NotFound(NO_SUCH_INVITATION)
            if offer.email != user.email.lower():
                raise Forbidden("This invitation is for another e-mail address.")
            if offer.accepted_at is None:
                if offer.expires_at <= now:
                    raise Gone(OVER)
                invitations.join(connection, offer, user.id, now=now)
            role = invitations.role_of(connection, offer.team_id, user.id)
        if role is None:
            raise Gone(OVER)
        return Joined(offer.team_id, offer.team_name, role)

    def _managing(
        self, connection: Connection, team_id: UUID, user_id: UUID, *, address: str | None = None
    ) -> Standing:
        standing = invitations.standing(connection, team_id, user_id, address=address)
        if standing is None:
            raise NotFound("There is no such team.")
        if standing.role not in MANAGING:
            raise Forbidden("Only an owner or admin of the team can do this.")
        return standing
