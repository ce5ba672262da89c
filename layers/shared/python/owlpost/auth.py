"""Session tokens: JWTs that we issue and nobody else, and the keyed hashes of what is mailed."""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import jwt

from owlpost.domain.refusals import NotSignedIn

ALGORITHM = "HS256"
#: Neither client can refresh a token.
LIFE = timedelta(days=365)
#: A cookie older than this is renewed when it is used.
RENEWED_AFTER = timedelta(days=1)
CLAIMS = ["sub", "email", "iat", "exp", "jti"]


@dataclass(frozen=True, slots=True)
class Session:
    """What a token says: who signed in, as what address, when, and in which session; a renewed token keeps its session."""

    user_id: UUID
    email: str
    id: str
    issued_at: datetime

    @classmethod
    def begin(cls, user_id: UUID, email: str, *, now: datetime) -> "Session":
        return cls(user_id, email, str(uuid4()), now)


@dataclass(frozen=True, slots=True)
class Tokens:
    """Issues by the newest of `keys`, which come newest first, and accepts any of them: so a key can be rotated."""

    keys: Sequence[str]

    def issue(self, session: Session) -> str:
        claims = {
            "sub": str(session.user_id),
            "email": session.email,
            "iat": session.issued_at,
            "exp": session.issued_at + LIFE,
            "jti": session.id,
        }
        return jwt.encode(claims, self.keys[0], algorithm=ALGORITHM)

    def verify(self, token: str, *, now: datetime) -> Session:
        """The session that the token stands for; raises NotSignedIn for one that is not ours, or is past its time."""
        for key in self.keys:
            try:
                claims = jwt.decode(
                    token,
                    key,
                    algorithms=[ALGORITHM],
                    options={"require": CLAIMS, "verify_exp": False, "verify_iat": False},
                )
                session = Session(
                    user_id=UUID(claims["sub"]),
                    email=claims["email"],
                    id=claims["jti"],
                    issued_at=datetime.fromtimestamp(claims["iat"], UTC),
                )
                expires_at = datetime.fromtimestamp(claims["exp"], UTC)
            except (jwt.InvalidTokenError, ValueError, TypeError, OverflowError):
                continue
            if expires_at > now:
                return session
        raise NotSignedIn


@dataclass(frozen=True, slots=True)
class CodeHashes:
    """Keyed hashes of verification codes: a million codes would be no secret under a plain one."""

    keys: Sequence[str]

    def hash(self, address: str, code: str) -> str:
        return _keyed(self.keys[0], address, code)

    def matches(self, address: str, code: str, stored: str) -> bool:
        """Compared in constant time, under each key, as the code may be older than the newest one."""
        return any(hmac.compare_digest(_keyed(key, address, code), stored) for key in self.keys)


def _keyed(key: str, address: str, code: str) -> str:
    message = f"owlpost.code.1:{address}:{code}".encode(errors="replace")
    return hmac.digest(key.encode(), message, hashlib.sha256).hex()


def token_hash(token: str) -> str:
    """A random token as it is stored; with its 256 bits it needs no key."""
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()
