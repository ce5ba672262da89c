"""Events of the security audit trail."""

from datetime import datetime
from typing import Any, Literal, TypeAlias

from owlpost.domain.value import dataclass

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
    # A limit refused to send a code or to try one.
    "sign_in_limited",
    # The host changes roles, and tells it as a fact.
    "role_changed",
    # An operator has erased a person, whose keyed hash is in the detail.
    "person_erased",
    "operator",
]
#: The operator's commands that change something; all others only read.
OPERATOR_ACTS = frozenset(
    {
        "redrive",
        "redrive_requests",
        "discard_dead_letters",
        "release",
        "hold",
        "let_go",
        "recall",
        "hurry",
        "edit_dead_letter",
        "export_person",
        "erase_person",
        "revive",
    }
)
OPERATOR = "operator"


@dataclass(frozen=True, slots=True, kw_only=True)
class SecurityEvent:
    """One event. `actor` is the id of a user, `operator:` with a name, or None for an unknown person."""

    kind: str
    actor: str | None
    source_hash: str | None
    detail: dict[str, Any]
    created_at: datetime
