"""A person's own account: the caller behind a token, the name and preferences, and sign-out."""

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import Connection

from owlpost.auth import IDLE_LIFE, LIFE, RENEWED_AFTER, Session, Tokens
from owlpost.db import lines
from owlpost.db.people import accounts, security_events, sessions
from owlpost.db.session import Database
from owlpost.domain import preferences_patch
from owlpost.domain.addresses import mailbox
from owlpost.domain.clock import Clock
from owlpost.domain.errors import InvalidRequest, NotFound
from owlpost.domain.people import Caller, HostSession, ListedSession, Membership, User, Visit
from owlpost.domain.preference_history import PERSON
from owlpost.domain.refusals import NotSignedIn
from owlpost.domain.security import EventKind
from owlpost.domain.sources import device_name, source_of
from owlpost.domain.text import is_blank, one_line
from owlpost.domain.value import dataclass
from owlpost.keyed_hashes import CodeHashes

LONGEST_NAME = 255
#: The use of a session is written at most this often.
RECORDED_EVERY = timedelta(hours=1)
#: Sessions shown to a person.
MOST_LISTED = 100
ANYWHERE = Visit()


def _no_lines(_connection_ids: Sequence[str]) -> None:
    """Nobody holds a line."""


class HostSignIn(Protocol):
    """What vouches for people who are signed in at the host product."""

    def verify(self, token: str) -> HostSession:
        """Return the session of the host's token. Raises NotSignedIn, or Unavailable."""
        ...


@dataclass(frozen=True, slots=True)
class Accounts:
    """`host` is None where only our own sign-in counts. `hang_up` closes the lines of sessions that have ended."""

    database: Database
    tokens: Tokens
    hashes: CodeHashes
    now: Clock
    host: Callable[[], HostSignIn | None] = lambda: None
    hang_up: Callable[[Sequence[str]], None] = _no_lines

    def caller(self, token: str, visit: Visit = ANYWHERE) -> Caller:
        """Return the caller of a token. Raises NotSignedIn if the token is invalid, the session ended or the user deleted."""
        now = self.now()
        try:
            session = self.tokens.verify(token, now=now)
        except NotSignedIn:
            host = self.host()
            if host is None:
                raise
            return self._caller_at_host(host.verify(token), visit)
        with self.database.reading() as connection:
            found = accounts.find_by_session(
                connection, user_id=session.user_id, session_id=session.id, started_at=session.started_at
            )
        if found is None or (found[1] or now) + IDLE_LIFE <= now:
            raise NotSignedIn
        user, last_used_at = found
        if last_used_at is None or last_used_at + RECORDED_EVERY <= now:
            device = device_name(visit.device)
            with self.database.transaction() as connection:
                sessions.use(connection, session.id, user.id, device=device, started_at=session.started_at, now=now)
        source_hash = self.hashes.hash_source(source_of(visit.ip))
        return Caller(user, session.id, session.started_at, session.issued_at, source_hash)

    def _caller_at_host(self, session: HostSession, visit: Visit) -> Caller:
        """Return who is signed in at the host. The host decides how long; here a sign-out ends the one token."""
        with self.database.reading() as connection:
            user_id = session.user_id
            if session.address is not None:
                user_id = accounts.id_of(connection, mailbox(session.address))
            found = user_id and accounts.find_by_session(
                connection, user_id=user_id, session_id=session.id, started_at=session.issued_at
            )
        if not found:
            raise NotSignedIn
        source_hash = self.hashes.hash_source(source_of(visit.ip))
        return Caller(found[0], session.id, session.issued_at, session.issued_at, source_hash, by_host=True)

    def renewed(self, caller: Caller) -> str | None:
        """Return a new token of the same session, None while the current one is less than a day old, or if it is the host's."""
        now = self.now()
        if caller.by_host or now - caller.issued_at < RENEWED_AFTER:
            return None
        user = caller.user
        return self.tokens.issue(Session(user.id, user.email, caller.session_id, caller.signed_in_at, now))

    def sessions_of(self, caller: Caller) -> list[ListedSession]:
        """Return the caller's open sessions, the one used last first."""
        now = self.now()
        with self.database.reading() as connection:
            return sessions.listed(
                connection,
                caller.user.id,
                started_after=now - LIFE,
                used_after=now - IDLE_LIFE,
                limit=MOST_LISTED,
            )

    def sign_out(self, caller: Caller) -> None:
        """End this session with all its tokens, and no other session."""
        now = self.now()
        with self.database.transaction() as connection:
            sessions.end(connection, caller.session_id, expires_at=now + LIFE, now=now)
            ended = lines.end_of_session(connection, caller.user.id, caller.session_id)
            self._record(connection, "signed_out", caller)
        self.hang_up(ended)

    def end_session(self, caller: Caller, session_id: str) -> None:
        """End one session of the caller. Raises NotFound if the caller has no such session."""
        now = self.now()
        with self.database.transaction() as connection:
            if not sessions.lock(connection, session_id, caller.user.id):
                raise NotFound("There is no such session.")
            sessions.end(connection, session_id, expires_at=now + LIFE, now=now)
            ended = lines.end_of_session(connection, caller.user.id, session_id)
            self._record(connection, "session_ended", caller)
        self.hang_up(ended)

    def end_all_sessions(self, caller: Caller, *, keep_this: bool = False) -> None:
        """End all sessions of the caller: this one too, unless it is to be kept."""
        now, kept = self.now(), caller.session_id if keep_this else None
        with self.database.transaction() as connection:
            sessions.end_all(connection, caller.user.id, kept=kept, expires_at=now + LIFE, now=now)
            if not keep_this:
                sessions.end(connection, caller.session_id, expires_at=now + LIFE, now=now)
            ended = lines.end_of_person(connection, caller.user.id, kept=kept)
            self._record(connection, "sessions_ended", caller)
        self.hang_up(ended)

    def _record(self, connection: Connection, kind: EventKind, caller: Caller) -> None:
        security_events.record(connection, kind, actor=caller.user.id, source_hash=caller.source_hash, now=self.now())

    def teams_of(self, user_id: UUID) -> tuple[Membership, ...]:
        with self.database.reading() as connection:
            return accounts.teams_of(connection, user_id)

    def change(
        self,
        user_id: UUID,
        *,
        name: str | None = None,
        preferences: Mapping[str, Any] | None = None,
        by: str = PERSON,
    ) -> User:
        """Rename the user and merge preferences; concurrent changes to other keys survive. `by` goes into the history.

        Raises InvalidRequest for an invalid name, and NotSignedIn if the user is deleted.
        """
        if name is not None:
            name = _normal_name(name)
        with self.database.transaction() as connection:
            user = accounts.lock(connection, user_id)
            if user is None:
                raise NotSignedIn
            return accounts.change(
                connection,
                user,
                name=user.name if name is None else name,
                preferences=preferences_patch.merge(user.preferences, preferences),
                by=by,
                now=self.now(),
            )


def _normal_name(name: str) -> str:
    """Return the name on one line, as people see it. Raises InvalidRequest."""
    if is_blank(name) or len(name) > LONGEST_NAME:
        raise InvalidRequest("name", f"must be 1 to {LONGEST_NAME} characters")
    if any(unicodedata.category(character) == "Cc" for character in name):
        raise InvalidRequest("name", "must not contain control characters")
    return one_line(name)
