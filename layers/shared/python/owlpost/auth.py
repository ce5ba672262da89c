"""Session tokens: JWTs that only we issue."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import jwt

from owlpost.domain.refusals import NotSignedIn
from owlpost.domain.value import dataclass

ALGORITHM = "HS256"
#: A session ends after this time, whatever it does. Long, because no client can refresh a token.
LIFE = timedelta(days=90)
#: A session that nobody uses ends after this time.
IDLE_LIFE = timedelta(days=30)
#: Using a cookie that is older than this renews it.
RENEWED_AFTER = timedelta(days=1)
CLAIMS = ["sub", "email", "iat", "exp", "jti"]


@dataclass(frozen=True, slots=True)
class Session:
    """The content of a token. A renewed token keeps the id and the start of its session."""

    user_id: UUID
    email: str
    id: str
    started_at: datetime
    issued_at: datetime

    @classmethod
    def begin(cls, user_id: UUID, email: str, *, now: datetime) -> "Session":
        return cls(user_id, email, str(uuid4()), now, now)


@dataclass(frozen=True, slots=True)
class Tokens:
    """Issue and verify tokens. `keys` come newest first: the newest signs, all are accepted, so that keys can rotate."""

    keys: Sequence[str]

    def issue(self, session: Session) -> str:
        claims = {
            "sub": str(session.user_id),
            "email": session.email,
            "iat": session.issued_at,
            "exp": session.started_at + LIFE,
            "jti": session.id,
            "auth_time": int(session.started_at.timestamp()),
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
                    # Tokens of earlier versions do not say when their session started.
                    started_at=datetime.fromtimestamp(claims.get("auth_time", claims["iat"]), UTC),
                    issued_at=datetime.fromtimestamp(claims["iat"], UTC),
                )
                expires_at = datetime.fromtimestamp(claims["exp"], UTC)
            except (jwt.InvalidTokenError, ValueError, TypeError, OverflowError):
                continue
            if min(expires_at, session.started_at + LIFE) > now:
                return session
        raise NotSignedIn
