"""Inviting people to a team, and accepting."""

import secrets
from collections.abc import Callable, Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import Connection

from owlpost.db.people import accounts, invitations, security_events
from owlpost.db.people.invitations import Standing
from owlpost.db.session import Database
from owlpost.domain import cursors
from owlpost.domain.addresses import mailbox, normal_address
from owlpost.domain.clock import Clock
from owlpost.domain.cursors import Place
from owlpost.domain.errors import NotFound
from owlpost.domain.invitations import Invitation, Offer
from owlpost.domain.people import MANAGING, Caller, Role
from owlpost.domain.refusals import Conflict, Forbidden, Gone, TooOften
from owlpost.domain.security import EventKind
from owlpost.domain.text import name_in_mail
from owlpost.domain.value import dataclass
from owlpost.keyed_hashes import token_hash
from owlpost.services.direct_mail import DirectMail

#: All pending invitations of nearly every team, so that clients which do not know about pages get all of them.
LARGEST_PAGE = 500
VALID_FOR = timedelta(days=7)
WINDOW = timedelta(days=1)
#: Invitations within the window.
LIMITS = {"per_inviter": 50, "per_team": 100, "per_address": 5}
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

    def invite(self, caller: Caller, team_id: UUID, *, email: str, role: Role = "member") -> Invitation:
        """Invite an address, again if it has been before, and mail it the link in its own language, else the inviter's.

        Only the newest link works. A suppressed address gets no mail, and the result does not show it. Raises NotFound for a
        team that is not the caller's, Forbidden past their role, Conflict for a member, and TooOften past a limit.
        """
        address, token, now = normal_address(email), secrets.token_urlsafe(32), self.now()
        with self.database.transaction() as connection:
            standing = self._managing(connection, team_id, caller.user.id, address=address)
            if role == "owner" and standing.role != "owner":
                raise Forbidden("Only an owner can invite another owner.")
            if standing.is_member:
                raise Conflict("This address already belongs to a member of the team.")
            self._count(connection, caller, team_id, address)
            is_suppressed = invitations.is_suppressed(connection, address)
            invitation = invitations.invite(
                connection,
                team_id,
                caller.user.id,
                address=address,
                role=role,
                token_hash=token_hash(token),
                expires_at=now + VALID_FOR,
                now=now,
            )
            self._record(connection, "invited", caller, team_id)
            locale = accounts.locale_of(connection, address) or caller.user.locale
        if not is_suppressed:
            team, inviter = name_in_mail(standing.team_name), name_in_mail(caller.user.name)
            values = {"team": team, "inviter": inviter, "role": role, "days": VALID_FOR.days}
            link = f"/invite/accept?token={token}"
            self.mail().send(address, "team_invitation", values, link=link, locale=locale)
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

    def withdraw(self, caller: Caller, team_id: UUID, id_: UUID) -> None:
        """Delete a pending invitation. Raises NotFound if the team has no such invitation."""
        with self.database.transaction() as connection:
            self._managing(connection, team_id, caller.user.id)
            if not invitations.delete(connection, team_id, id_):
                raise NotFound(NO_SUCH_INVITATION)
            self._record(connection, "invitation_withdrawn", caller, team_id)

    def look(self, token: str) -> Offer:
        """What the link offers, to whoever holds it; raises NotFound or Gone."""
        with self.database.transaction() as connection:
            offer = invitations.find(connection, token_hash(token))
        if offer is None:
            raise NotFound(NO_SUCH_INVITATION)
        if offer.accepted_at is not None or not self._is_open(offer):
            raise Gone(OVER)
        return offer

    def accept(self, caller: Caller, token: str) -> Joined:
        """Join the team as the invited address; harmless where that has been done. Raises NotFound, Forbidden or Gone."""
        now, user = self.now(), caller.user
        with self.database.transaction() as connection:
            offer = invitations.lock(connection, token_hash(token))
            if offer is None:
                raise NotFound(NO_SUCH_INVITATION)
            if offer.email != mailbox(user.email):
                raise Forbidden("This invitation is for another e-mail address.")
            if offer.accepted_at is None:
                if not self._is_open(offer):
                    raise Gone(OVER)
                invitations.join(connection, offer, user.id, now=now)
                self._record(connection, "invitation_accepted", caller, offer.team_id)
            role = invitations.role_of(connection, offer.team_id, user.id)
        if role is None:
            raise Gone(OVER)
        return Joined(offer.team_id, offer.team_name, role)

    def _is_open(self, offer: Offer) -> bool:
        """Return whether the invitation has not expired, and its inviter still has the right to make it."""
        return offer.is_backed and offer.expires_at > self.now()

    def _count(self, connection: Connection, caller: Caller, team_id: UUID, address: str) -> None:
        wait = invitations.seconds_until_attempt(
            connection,
            inviter_id=caller.user.id,
            team_id=team_id,
            address=address,
            limits=LIMITS,
            window=WINDOW,
            now=self.now(),
        )
        if wait:
            raise TooOften("Too many invitations. Please wait a while.", retry_after=wait)

    def _record(self, connection: Connection, kind: EventKind, caller: Caller, team_id: UUID) -> None:
        security_events.record(
            connection,
            kind,
            actor=caller.user.id,
            source_hash=caller.source_hash,
            now=self.now(),
            detail={"team_id": str(team_id)},
        )

    def _managing(
        self, connection: Connection, team_id: UUID, user_id: UUID, *, address: str | None = None
    ) -> Standing:
        standing = invitations.standing(connection, team_id, user_id, address=address)
        if standing is None:
            raise NotFound("There is no such team.")
        if standing.role not in MANAGING:
            raise Forbidden("Only an owner or admin of the team can do this.")
        return standing
