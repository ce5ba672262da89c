"""Signing in by a code that is mailed: limited, hashed, short-lived, used once."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import IPv6Address, ip_address, ip_network

from sqlalchemy import Connection

from owlpost.auth import CodeHashes, Session, Tokens
from owlpost.db.people import accounts, codes
from owlpost.db.people.codes import Issued
from owlpost.db.session import Database
from owlpost.domain.addresses import name_of, normal_address, slug_of
from owlpost.domain.clock import Clock
from owlpost.domain.people import SignedIn, User
from owlpost.domain.refusals import NotSignedIn, TooOften
from owlpost.observability import count
from owlpost.services.direct_mail import DirectMail

CODE_LIFE = timedelta(minutes=10)
CODES_AN_HOUR = 5
TRIES = 5


def new_code() -> str:
    return f"{secrets.randbelow(1_000_000):06}"


@dataclass(frozen=True, slots=True)
class SignIn:
    """`per_source` is how many attempts an hour one source IP may make, 0 for any number."""

    database: Database
    mail: Callable[[], DirectMail]
    hashes: CodeHashes
    tokens: Tokens
    now: Clock
    per_source: int = 0
    code: Callable[[], str] = new_code

    def send_code(self, email: str, *, ip: str | None = None) -> None:
        """Mail a code, by which those before it stop to serve. A mail that fails uses up no slot.

        Raises InvalidRequest for what is no address, TooOften past a limit, and Unavailable where the mail failed.
        """
        address, code = normal_address(email), self.code()
        with self.database.transaction() as connection:
            issued = self._issue(connection, address, code, source_of(ip))
        try:
            self.mail().send(address, "verification_code", {"code": code, "minutes": CODE_LIFE // timedelta(minutes=1)})
        except Exception:
            with self.database.transaction() as connection:
                codes.withdraw(connection, issued)
            raise

    def verify_code(self, email: str, code: str, *, ip: str | None = None) -> SignedIn:
        """Sign in with the newest code; raises NotSignedIn where it is wrong, used, expired, replaced or worn out."""
        address = normal_address(email)
        self._count_try(address, source_of(ip))
        with self.database.transaction() as connection:
            matches = self._use(connection, address, code.strip())
            known = self._account(connection, address) if matches else None
            teams = accounts.teams_of(connection, known[0].id) if known else ()
        if known is None:
            count("SignInRefused")
            raise NotSignedIn("That code is wrong or has expired.")
        user, is_new = known
        token = self.tokens.issue(Session.begin(user.id, user.email, now=self.now()))
        return SignedIn(token, user, teams, is_new)

    def _issue(self, connection: Connection, address: str, code: str, source: str | None) -> Issued:
        now = self.now()
        self._check_source(connection, source)
        wait = codes.seconds_until_free(connection, address=address, limit=CODES_AN_HOUR, now=now)
        if wait:
            raise TooOften("Too many codes were asked for. Please wait a while.", retry_after=wait)
        return Issued(
            attempt_id=codes.log(connection, "send", address=address, source=source, now=now),
            code_id=codes.add(
                connection,
                address=address,
                code_hash=self.hashes.hash(address, code),
                expires_at=now + CODE_LIFE,
                now=now,
            ),
        )

    def _count_try(self, address: str, source: str | None) -> None:
        """In a transaction of its own, so that a try counts whatever becomes of it."""
        with self.database.transaction() as connection:
            self._check_source(connection, source)
            codes.log(connection, "try", address=address, source=source, now=self.now())

    def _check_source(self, connection: Connection, source: str | None) -> None:
        if not self.per_source or source is None:
            return
        wait = codes.seconds_until_free(connection, source=source, limit=self.per_source, now=self.now())
        if wait:
            raise TooOften("Too many attempts from your network. Please wait a while.", retry_after=wait)

    def _use(self, connection: Connection, address: str, code: str) -> bool:
        """Whether this try takes the code. A wrong one counts, so the transaction has to commit either way."""
        now = self.now()
        candidate = codes.try_newest(connection, address, tries=TRIES, now=now)
        if candidate is None or not self.hashes.matches(address, code, candidate.code_hash):
            return False
        return codes.use(connection, candidate.id, now=now)

    def _account(self, connection: Connection, address: str) -> tuple[User, bool]:
        name = name_of(address)
        team_name = f"{name}'s Team"
        slug = f"{slug_of(team_name)}-{secrets.token_hex(4)}"
        return accounts.find_or_add(connection, address, name=name, team_name=team_name, team_slug=slug, now=self.now())


def source_of(ip: str | None) -> str | None:
    """What counts as one source: an IPv4 address, or the /64 that one IPv6 subscriber has; None for what is no address."""
    try:
        address = ip_address(ip or "")
    except ValueError:
        return None
    if isinstance(address, IPv6Address):
        return str(address.ipv4_mapped or ip_network((address, 64), strict=False))
    return str(address)
