"""Signing in, invitations, the addresses no mail goes to, and the numbers on the icons of people's apps."""

from sqlalchemy import (
    CheckConstraint,
    Column,
    DateTime,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from owlpost.db.columns import EMPTY, metadata, moment, new_id, required, since

email_verification_codes = Table(
    "email_verification_codes",
    metadata,
    new_id(),
    required("email", Text()),
    required("code_hash", Text()),
    required("attempts", Integer(), text("0")),
    required("expires_at", DateTime(timezone=True)),
    moment("used_at"),
    since(),
)
_codes = email_verification_codes.c
Index("email_verification_codes_email_idx", _codes.email, _codes.created_at.desc())
Index("email_verification_codes_created_at_idx", _codes.created_at)

email_suppressions = Table(
    "email_suppressions",
    metadata,
    Column("address", Text(), primary_key=True),
    required("reason", Text()),
    required("detail", JSONB(), EMPTY),
    since(),
    CheckConstraint("address = lower(address)"),
)
webhook_events = Table("webhook_events", metadata, Column("id", Text(), primary_key=True), since("received_at"))
Index("webhook_events_received_at_idx", webhook_events.c.received_at)

badge_updates = Table(
    "badge_updates",
    metadata,
    Column("user_id", Uuid(), primary_key=True),
    required("queued_at", DateTime(timezone=True)),
)

team_invitations = Table(
    "team_invitations",
    metadata,
    new_id(),
    required("team_id", Uuid()),
    required("email", Text()),
    required("role", Text(), text("'member'")),
    required("token_hash", Text()),
    required("invited_by_user_id", Uuid()),
    required("expires_at", DateTime(timezone=True)),
    moment("accepted_at"),
    since(),
    CheckConstraint("role in ('owner', 'admin', 'member')"),
    UniqueConstraint("token_hash", name="team_invitations_token_hash_key"),
    UniqueConstraint("team_id", "email", name="team_invitations_team_email_key"),
)
Index(
    "team_invitations_expires_at_idx",
    team_invitations.c.expires_at,
    postgresql_where=team_invitations.c.accepted_at.is_(None),
)

ended_sessions = Table(
    "ended_sessions",
    metadata,
    Column("id", Text(), primary_key=True),
    required("expires_at", DateTime(timezone=True)),
)
Index("ended_sessions_expires_at_idx", ended_sessions.c.expires_at)

sign_in_attempts = Table(
    "sign_in_attempts",
    metadata,
    new_id(),
    required("kind", Text()),
    required("email", Text()),
    Column("source", Text()),
    since(),
    CheckConstraint("kind in ('send', 'try')"),
)
Index(
    "sign_in_attempts_email_idx",
    sign_in_attempts.c.email,
    sign_in_attempts.c.created_at,
    postgresql_where=sign_in_attempts.c.kind == "send",
)
Index(
    "sign_in_attempts_source_idx",
    sign_in_attempts.c.source,
    sign_in_attempts.c.created_at,
    postgresql_where=sign_in_attempts.c.source.is_not(None),
)
Index("sign_in_attempts_created_at_idx", sign_in_attempts.c.created_at)
