"""Session tokens (JWTs that only we issue), and the keyed hashes of mailed codes."""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import jwt

from owlpost.domain.refusals import NotSignedIn

ALGORITHM = "HS256"
#: Long, because no client can refresh a token.
LIFE = timedelta(days=365)
#: Using a cookie that is older than this renews it.
RENEWED_AFTER = timedelta(days=1)
CLAIMS = ["sub", "email", "iat", "exp", "jti"]


@dataclass(frozen=True, slots=True)
class Session:
    """The content of a token: user, address, session and time of issue. A renewed token keeps its session id."""

    user_id: UUID
    email: str
    id: str
    issued_at: datetime

    @classmethod
    def begin(cls, user_id: UUID, email: str, *, now: datetime) -> "Session":
        return cls(user_id, email, str(uuid4()), now)


@dataclass(frozen=True, slots=True)
class Tokens:
    """Issue and verify tokens. `keys` come newest first: the newest signs, all are accepted, so that keys can rotate."""

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
        """Return the session of a token. Raises NotSignedIn if the token is not ours or has expired."""
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
    """Keyed hashes of verification codes. Without a key, all million codes could be hashed and compared."""

    keys: Sequence[str]

    def hash(self, address: str, code: str) -> str:
        return _keyed(self.keys[0], address, code)

    def matches(self, address: str, code: str, stored: str) -> bool:
        """Compare in constant time, under each key, because the code may be older than the newest key."""
        return any(hmac.compare_digest(_keyed(key, address, code), stored) for key in self.keys)


def _keyed(key: str, address: str, code: str) -> str:
    message = f"owlpost.code.1:{address}:{code}".encode(errors="replace")
    return hmac.digest(key.encode(), message, hashlib.sha256).hex()


def token_hash(token: str) -> str:
    """Return the hash under which a random token is stored; 256 random bits need no key."""
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()
