"""Mails that pass no queue, as an operator sees them: what became of each. What it said is not kept, as it may hold a code."""

from collections.abc import Callable
from typing import Literal, TypeAlias

from owlpost.domain.value import dataclass

#: `started`: a function without a database was asked to mail it.
Status: TypeAlias = Literal["sent", "failed", "skipped", "started"]
#: By template: what the mail is. Alerts go to the operator, also while the database is away, and leave no row.
DIRECT_MAILS = {
    "verification_code": "A code to sign in",
    "new_sign_in": "A warning of a sign-in from a new device",
    "device_moved": "A warning that a device moved to another account",
    "role_changed": "A warning that a role in a team changed",
    "team_invitation": "An invitation to a team",
    "destination_dead": "News of a destination that has died",
}


@dataclass(frozen=True, slots=True)
class DirectMailOutcome:
    """What became of one mail; `error` is a reason code, `bounced` what a server said that has no such mailbox."""

    template: str
    address: str
    status: Status
    error: str | None = None
    provider_id: str | None = None
    bounced: str | None = None


#: Keeps an outcome. It raises nothing: what the mail is about has happened.
Record: TypeAlias = Callable[[DirectMailOutcome], None]


def unrecorded(_outcome: DirectMailOutcome) -> None:
    """Where there is no database, the log alone says what became of a mail."""
