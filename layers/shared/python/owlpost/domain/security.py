"""Events of the security audit trail."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeAlias

EventKind: TypeAlias = Literal[
    "signed_in",
    "sign_in_refused",
    "signed_out",
    "session_ended",
    "sessions_ended",
    "invited",
    "invitation_withdrawn",
    "invitation_accepted",
    "device_moved",
    "operator",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class SecurityEvent:
    """One event. `actor` is the id of a user, `operator`, or None for an unknown person."""

    kind: str
    actor: str | None
    source_hash: str | None
    detail: dict[str, Any]
    created_at: datetime
