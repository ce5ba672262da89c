"""Where a person stands in the database: each table of rows about people, what an export shows and what erasing does.

`tests/integration/db/test_personal_data.py` reads Postgres' own catalogue and fails for a column that is neither here nor in
`nobody`.
"""

from collections.abc import Mapping
from dataclasses import field

from owlpost.db import mailbox
from owlpost.domain.value import dataclass

#: The parameters of each condition: ids as one text, addresses in each spelling as a JSON list.
USERS = "(select cast(unnest(string_to_array(:user_ids, ',')) as uuid))"
ADDRESSES = "(select jsonb_array_elements_text(cast(:addresses as jsonb)))"
#: Rows of erased people keep an id that is nobody's, another one each, so that requests still balance. No UUIDv4 or v7 is
#: below the last of them.
NOBODY = "cast('00000000-0000-8000-' || substr(cast(gen_random_uuid() as text), 20) as uuid)"
LAST_NOBODY = "00000000-0000-8fff-ffff-ffffffffffff"
#: A delivery's new id: messages, tags and events that name the old one find nothing. The time in it stays.
NEW_ID = "cast(substr(cast(t.id as text), 1, 15) || substr(cast(gen_random_uuid() as text), 16) as uuid)"


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonalTable:
    """A table with rows about people. `about` is the condition on its row `t`, `key` orders its rows in an export.

    `shown` and `secret` are all of its columns; an export blanks the secret ones. Erasing deletes the rows, or sets the columns
    in `blanked` to these expressions and leaves the others, for the reasons in `kept`. A table with `stays` is not erased.
    """

    name: str
    about: str
    key: str
    shown: tuple[str, ...]
    secret: tuple[str, ...] = ()
    blanked: Mapping[str, str] = field(default_factory=dict)
    kept: Mapping[str, str] = field(default_factory=dict)
    #: Why its rows stay as they are.
    stays: str | None = None
    #: Its rows go with those of another table, by a foreign key.
    cascades: bool = False


THEIRS = f"t.user_id in {USERS}"
#: Of a notification that erasing leaves in place: see `erasure`.
OF_THEIRS = f"t.notification_id in (select n.id from notifications n where n.user_id in {USERS})"
PLAIN = "names nobody once the row has no person"

NOTIFICATIONS = PersonalTable(
    name="notifications",
    about=f"t.user_id in {USERS}",
    key="t.id",
    shown=(
        *("id", "user_id", "team_id", "type", "title", "body", "link", "data", "in_app", "read_at", "deleted_at"),
        *("created_at", "request_id", "appeared", "done_at", "snoozed_from"),
    ),
    blanked={
        "user_id": NOBODY,
        "title": "''",
        "body": "null",
        "link": "null",
        "data": "'{}'",
        "deleted_at": "coalesce(t.deleted_at, now())",
    },
    kept=dict.fromkeys(
        (
            *("id", "team_id", "type", "in_app", "read_at", "created_at", "request_id", "appeared"),
            *("done_at", "snoozed_from"),
        ),
        f"{PLAIN}; the receipt of its request must balance",
    ),
)
DELIVERIES = PersonalTable(
    name="notification_deliveries",
    about=OF_THEIRS,
    key="t.id",
    shown=(
        *("id", "notification_id", "channel", "status", "error", "attempt_metadata", "attempts", "attempted_at"),
        *("created_at", "queued_at", "next_attempt_at", "lease_id", "leased_until", "batch_id", "batch_size"),
        *("batched_at", "address", "redriven_at", "waits_for", "allowed_at", "decided_by", "registry", "preference_at"),
        *("replaced_at", "gathered_in", "destination_id", "locale"),
    ),
    blanked={
        "locale": "null",
        "destination_id": "null",
        "id": NEW_ID,
        "address": "null",
        "attempt_metadata": "'{}'",
        "preference_at": "null",
        "error": "case when t.status = 'pending' then 'erased' else t.error end",
        "attempted_at": "coalesce(t.attempted_at, now())",
        "status": "case when t.status = 'pending' then 'skipped' else t.status end",
        "lease_id": "null",
        "leased_until": "null",
        "batch_id": "null",
        "batch_size": "null",
        "batched_at": "null",
        "waits_for": "null",
        "next_attempt_at": "null",
    },
    kept=dict.fromkeys(
        (
            *("notification_id", "channel", "attempts", "created_at", "queued_at", "redriven_at"),
            *("allowed_at", "decided_by", "registry", "replaced_at", "gathered_in"),
        ),
        f"{PLAIN}; the receipt of its request must balance",
    ),
)
SUPPRESSIONS = PersonalTable(
    name="email_suppressions",
    about=f"t.address in {ADDRESSES}",
    key="t.address",
    shown=("address", "reason", "detail", "created_at", "unicode_address"),
    blanked={
        "address": mailbox.erased("t.address"),
        "unicode_address": mailbox.erased("t.unicode_address"),
        "detail": "'{}'",
    },
    kept=dict.fromkeys(
        ("reason", "created_at"), "whoever complained is not mailed again; without the address it names nobody"
    ),
)
USERS_TABLE = PersonalTable(
    name="users",
    about=f"t.id in {USERS}",
    key="t.id",
    shown=("id", "email", "name", "preferences", "created_at", "updated_at"),
)

_DEVICE = (
    *("id", "user_id", "channel", "platform", "environment", "app_version", "device_model", "os_version"),
    *("last_seen_at", "created_at", "registered_at"),
)

#: In the order in which they are erased. Accounts come last: what is written meanwhile is found by the next cleanup.
PERSONAL: tuple[PersonalTable, ...] = (
    DELIVERIES,
    NOTIFICATIONS,
    # Waits for a batch that cleanup enters, and the next batch waits for this.
    PersonalTable(name="notification_texts", about=THEIRS, key="t.id", shown=("id", "user_id", "said")),
    PersonalTable(name="texts_entered", about=THEIRS, key="t.list", shown=("user_id", "list", "until_at", "until_id")),
    PersonalTable(
        name="user_devices",
        about=f"t.user_id in {USERS}",
        key="t.id",
        shown=(*_DEVICE, "doubted_at"),
        secret=("token",),
    ),
    PersonalTable(
        name="retired_devices",
        about=f"t.user_id in {USERS}",
        key="t.id",
        shown=(*_DEVICE, "retired_at"),
        secret=("token",),
    ),
    PersonalTable(
        name="destinations",
        about=f"t.user_id in {USERS}",
        key="t.id",
        shown=(
            *("id", "user_id", "channel", "label", "state", "verified_at", "dead_at", "last_ok_at", "last_error"),
            *("last_error_at", "failing_since", "failures", "tested_at", "created_at", "registered_at", "kind"),
            *("exclusive", "verify_until", "created_by", "last_seen_at", "types", "team_id", "test_id"),
            *("death_mail_due_at", "death_mail_begun_at"),
        ),
        secret=("sealed", "fingerprint", "verify_hash", "session_id"),
    ),
    PersonalTable(
        name="preference_changes",
        about=f"t.user_id in {USERS}",
        key="t.id",
        shown=("id", "user_id", "at", "path", "before", "after", "by"),
    ),
    PersonalTable(
        name="lines",
        about=f"t.user_id in {USERS}",
        key="t.id",
        shown=("id", "user_id", "created_at", "ends_at"),
        secret=("session_id", "ticket_hash", "connection_id"),
    ),
    PersonalTable(
        name="sessions",
        about=f"t.user_id in {USERS}",
        key="t.id",
        shown=("id", "user_id", "device", "started_at", "last_used_at"),
    ),
    PersonalTable(
        name="session_cutoffs", about=THEIRS, key="t.user_id", shown=("user_id", "started_before", "kept_session")
    ),
    PersonalTable(
        name="known_browsers",
        about=f"t.user_id in {USERS}",
        key="t.user_id || t.browser_hash",
        shown=("user_id", "last_used_at"),
        secret=("browser_hash",),
    ),
    PersonalTable(name="person_writes", about=THEIRS, key="t.user_id", shown=("user_id", "window_began", "writes")),
    PersonalTable(name="badge_updates", about=f"t.user_id in {USERS}", key="t.user_id", shown=("user_id", "queued_at")),
    PersonalTable(
        name="team_invitations",
        about=f"(t.invited_by_user_id in {USERS} or t.email in {ADDRESSES})",
        key="t.id",
        shown=("id", "team_id", "email", "role", "invited_by_user_id", "expires_at", "accepted_at", "created_at"),
        secret=("token_hash",),
    ),
    PersonalTable(
        name="invitation_attempts",
        about=f"(t.inviter_id in {USERS} or t.address in {ADDRESSES})",
        key="t.id",
        shown=("id", "inviter_id", "team_id", "address", "created_at"),
    ),
    PersonalTable(
        name="email_verification_codes",
        about=f"t.email in {ADDRESSES}",
        key="t.id",
        shown=("id", "email", "attempts", "expires_at", "used_at", "created_at", "own_attempts"),
        secret=("code_hash", "browser_hash"),
    ),
    PersonalTable(
        name="sign_in_attempts",
        about=f"t.email in {ADDRESSES}",
        key="t.id",
        shown=("id", "kind", "email", "source", "created_at"),
        secret=("browser_hash",),
    ),
    PersonalTable(
        name="direct_mails",
        about=f"t.address in {ADDRESSES}",
        key="t.id",
        shown=("id", "template", "address", "status", "error", "provider_id", "provider_events", "created_at"),
    ),
    SUPPRESSIONS,
    PersonalTable(
        name="security_events",
        about="t.actor = any(string_to_array(:user_ids, ','))",
        key="t.id",
        shown=("id", "kind", "actor", "source_hash", "detail", "created_at"),
        stays="the audit trail is only added to; the id in it is nobody's without the account, and goes after 180 days",
    ),
    PersonalTable(
        name="team_members",
        about=f"t.user_id in {USERS}",
        key="t.team_id",
        shown=("team_id", "user_id", "role", "created_at"),
        cascades=True,
    ),
    USERS_TABLE,
)
