"""Sign in with a mailed code, which is limited, hashed, short-lived and used once."""

import secrets
from collections.abc import Callable
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import Connection

from owlpost.auth import Session, Tokens
from owlpost.db.people import accounts, codes, security_events, sessions
from owlpost.db.session import Database
from owlpost.domain.addresses import name_of, normal_address, slug_of
from owlpost.domain.clock import Clock
from owlpost.domain.codes import normal_code
from owlpost.domain.errors import InvalidRequest
from owlpost.domain.people import SignedIn, User, Visit
from owlpost.domain.refusals import NotSignedIn, OutcomeUnknown, TooOften, Unavailable
from owlpost.domain.sources import device_name, source_of
from owlpost.domain.value import dataclass
from owlpost.keyed_hashes import CodeHashes, token_hash
from owlpost.observability import count
from owlpost.services.direct_mail import DirectMail
from owlpost.services.people.new_devices import NewDevices
from owlpost.services.people.sign_in_limits import HOUR, UNLIMITED_SOURCES, SignInLimits
from owlpost.services.people.warnings import SecurityMail

CODE_LIFE = timedelta(minutes=10)
TRIES = 5
#: The newest code, and the one before it: a person who asks twice may type either.
VALID_CODES = 2
WRONG = "That code is wrong or has expired."
LIMITED: Final = "sign_in_limited"
WORN_OUT = "Too many wrong tries. Please ask for a new code."


def new_code() -> str:
    return f"{secrets.randbelow(1_000_000):06}"


@dataclass(frozen=True, slots=True)
class SignIn:
    database: Database
    mail: Callable[[], DirectMail]
    hashes: CodeHashes
    tokens: Tokens
    now: Clock
    limits: SignInLimits = UNLIMITED_SOURCES
    code: Callable[[], str] = new_code

    def send_code(self, email: str, visit: Visit) -> bool:
        """Mail a code. Return False if the outcome is unknown: the code is valid if it arrives.

        Each call counts against the limits, whatever becomes of the mail. A code that surely was not sent is withdrawn.

        Raises InvalidRequest for an invalid or refused address, TooOften past a limit, and Unavailable if the mail failed.
        """
        address, code = normal_address(email), self.code()
        try:
            code_id, locale = self._issue(address, code, visit)
        except TooOften:
            self._record_limited(address, visit)
            raise
        values = {"code": code, "minutes": CODE_LIFE // timedelta(minutes=1)}
        try:
            self.mail().send(address, "verification_code", values, locale=locale)
        except OutcomeUnknown:
            return False
        except (InvalidRequest, Unavailable):
            with self.database.transaction() as connection:
                codes.withdraw(connection, code_id)
            raise
        return True

    def verify_code(self, email: str, code: str, visit: Visit) -> SignedIn:
        """Sign in with one of the last two codes. Raises NotSignedIn if the code is wrong, used, expired or worn out."""
        address = normal_address(email)
        try:
            self._count_try(address, source_of(visit.ip))
        except TooOften:
            self._record_limited(address, visit)
            raise
        now, browser_hash = self.now(), _hash(visit.browser)
        with self.database.transaction() as connection:
            refusal = self._use(connection, address, normal_code(code), browser_hash)
            if refusal:
                self._record_refusal(connection, address, visit)
            else:
                user, is_new = self._account(connection, address, visit.locale)
                session = Session.begin(user.id, user.email, now=now)
                is_new_device = self._begin(connection, session, visit)
                teams = accounts.teams_of(connection, user.id)
        if refusal:
            count("SignInRefused")
            raise NotSignedIn(refusal)
        if is_new_device and not is_new:
            device = device_name(visit.device)
            SecurityMail(self.mail).new_sign_in(user.email, device=device, at=now, locale=user.locale)
        return SignedIn(self.tokens.issue(session), user, teams, is_new)

    def _issue(self, address: str, code: str, visit: Visit) -> tuple[UUID, str | None]:
        """Keep the code. Return its id, and the language of whoever asks for it: the account's, else the browser's."""
        now, source, browser_hash = self.now(), source_of(visit.ip), _hash(visit.browser)
        with self.database.transaction() as connection:
            is_known = browser_hash and sessions.is_known_browser(connection, address, browser_hash)
            known_browser = browser_hash if is_known else None
            self.limits.check_source(connection, source, now=now)
            self.limits.check_address(connection, address, known_browser, now=now)
            codes.log(connection, "send", address=address, source=source, browser_hash=known_browser, now=now)
            code_id = codes.add(
                connection,
                address=address,
                code_hash=self.hashes.hash(address, code),
                browser_hash=browser_hash,
                expires_at=now + CODE_LIFE,
                now=now,
            )
            return code_id, accounts.locale_of(connection, address) or visit.locale

    def _count_try(self, address: str, source: str | None) -> None:
        """Use a transaction of its own, so that the try counts even if the rest fails."""
        with self.database.transaction() as connection:
            self.limits.check_source(connection, source, now=self.now())
            codes.log(connection, "try", address=address, source=source, now=self.now())

    def _use(self, connection: Connection, address: str, code: str, browser_hash: str | None) -> str | None:
        """Count the try, and end the codes if it matches; return why it is refused, None if it is not.

        The transaction has to commit in both cases, because a wrong try counts.
        """
        now = self.now()
        if accounts.is_canary(connection, address):
            return WRONG
        tried = codes.try_codes(connection, address, browser_hash=browser_hash, valid=VALID_CODES, now=now)
        open_codes = [candidate for candidate in tried if candidate.tries <= TRIES]
        matches = [self.hashes.matches(address, code, candidate.code_hash) for candidate in open_codes]
        if any(matches):
            codes.use(connection, address, now=now)
            return None
        is_worn_out = tried and all(candidate.tries >= TRIES for candidate in tried)
        return WORN_OUT if is_worn_out else WRONG

    def _record_refusal(self, connection: Connection, address: str, visit: Visit) -> None:
        security_events.record(
            connection,
            "sign_in_refused",
            source_hash=self.hashes.hash_source(source_of(visit.ip)),
            now=self.now(),
            detail={"address_hash": self.hashes.hash_address(address)},
        )

    def _record_limited(self, address: str, visit: Visit) -> None:
        """Record that a limit refused somebody, once an hour for a source: refusals must not fill the table."""
        now, source_hash = self.now(), self.hashes.hash_source(source_of(visit.ip))
        count("SignInLimited")
        with self.database.transaction() as connection:
            if not security_events.is_recorded(connection, LIMITED, source_hash=source_hash, since=now - HOUR):
                detail = {"address_hash": self.hashes.hash_address(address)}
                security_events.record(connection, LIMITED, source_hash=source_hash, now=now, detail=detail)

    def _begin(self, connection: Connection, session: Session, visit: Visit) -> bool:
        """List the new session; return True if a mail should tell of a new device."""
        now, device = self.now(), device_name(visit.device)
        sessions.use(connection, session.id, session.user_id, device=device, started_at=now, now=now)
        source_hash = self.hashes.hash_source(source_of(visit.ip))
        security_events.record(connection, "signed_in", actor=session.user_id, source_hash=source_hash, now=now)
        return NewDevices(self.hashes).remember(connection, session.user_id, visit, now=now)

    def _account(self, connection: Connection, address: str, locale: str | None) -> tuple[User, bool]:
        name = name_of(address)
        team_name = f"{name}'s Team"
        slug = f"{slug_of(team_name)}-{secrets.token_hex(4)}"
        return accounts.find_or_add(
            connection, address, name=name, team_name=team_name, team_slug=slug, now=self.now(), locale=locale
        )


def _hash(browser: str | None) -> str | None:
    return token_hash(browser) if browser else None
