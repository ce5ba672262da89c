"""A person's own account: the caller behind a token, the name and preferences, and sign-out."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from owlpost.auth import LIFE, RENEWED_AFTER, Session, Tokens
from owlpost.db.people import accounts, sessions
from owlpost.db.session import Database
from owlpost.domain import preferences_patch
from owlpost.domain.clock import Clock
from owlpost.domain.errors import InvalidRequest
from owlpost.domain.people import Caller, Membership, User
from owlpost.domain.refusals import NotSignedIn

LONGEST_NAME = 255


@dataclass(frozen=True, slots=True)
class Accounts:
    database: Database
    tokens: Tokens
    now: Clock

    def caller(self, token: str) -> Caller:
        """Return the caller of a token. Raises NotSignedIn if the token is invalid, the session ended or the user deleted."""
        session = self.tokens.verify(token, now=self.now())
        with self.database.transaction() as connection:
            user = accounts.find_by_session(connection, user_id=session.user_id, session_id=session.id)
        if user is None:
            raise NotSignedIn
        return Caller(user, session.id, session.issued_at)

    def renewed(self, caller: Caller) -> str | None:
        """Return a new token of the same session, None while the current one is less than a day old."""
        now = self.now()
        if now - caller.signed_in_at < RENEWED_AFTER:
            return None
        return self.tokens.issue(Session(caller.user.id, caller.user.email, caller.session_id, now))

    def sign_out(self, caller: Caller) -> None:
        """End this session with all its tokens, and no other session."""
        now = self.now()
        with self.database.transaction() as connection:
            sessions.end(connection, caller.session_id, expires_at=now + LIFE, now=now)

    def teams_of(self, user_id: UUID) -> tuple[Membership, ...]:
        with self.database.transaction() as connection:
            return accounts.teams_of(connection, user_id)

    def change(self, user_id: UUID, *, name: str | None = None, preferences: Mapping[str, Any] | None = None) -> User:
        """Rename the user and merge preferences; concurrent changes to other keys survive.

        Raises InvalidRequest for an invalid name, and NotSignedIn if the user is deleted.
        """
        if name is not None:
            _check_name(name)
        with self.database.transaction() as connection:
            user = accounts.lock(connection, user_id)
            if user is None:
                raise NotSignedIn
            return accounts.change(
                connection,
                user_id,
                name=user.name if name is None else name,
                preferences=preferences_patch.merge(user.preferences, preferences),
                now=self.now(),
            )


def _check_name(name: str) -> None:
    if not name.strip() or len(name) > LONGEST_NAME:
        raise InvalidRequest("name", f"must be 1 to {LONGEST_NAME} characters")
    if any(unicodedata.category(character) == "Cc" for character in name):
        raise InvalidRequest("name", "must not contain control characters")
