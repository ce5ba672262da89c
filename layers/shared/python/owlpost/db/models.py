"""The schema as SQLAlchemy tables: what the migrations make, column by column (a test compares the two).

Tables rather than mapped classes: queries here are set-based, and no function pays for importing the ORM.
"""

from typing import Any

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.sql.elements import ColumnElement, TextClause
from sqlalchemy.types import TypeEngine

metadata = MetaData()

NEW_ID = text("owlpost_uuid7()")
NOW = text("now()")
EMPTY = text("'{}'::jsonb")


def _required(name: str, kind: TypeEngine[Any], default: TextClause | None = None) -> Column[object]:
    return Column(name, kind, nullable=False, server_default=default)


def _id() -> Column[object]:
    return Column("id", Uuid(), primary_key=True, server_default=NEW_ID)


def _moment(name: str) -> Column[object]:
    return Column(name, DateTime(timezone=True))


def _since(name: str = "created_at") -> Column[object]:
    return _required(name, DateTime(timezone=True), NOW)


def _live(table: Table) -> ColumnElement[bool]:
    return table.c.in_app & table.c.deleted_at.is_(None)


users = Table(
    "users",
    metadata,
    _id(),
    _required("email", Text()),
    _required("name", Text()),
    _required("preferences", JSONB(), EMPTY),
    _since(),
    _since("updated_at"),
)
teams = Table(
    "teams", metadata, _id(), _required("name", Text()), Column("slug", Text(), nullable=False, unique=True), _since()
)
team_members = Table(
    "team_members",
    metadata,
    Column("team_id", ForeignKey("teams.id", ondelete="CASCADE"), primary_key=True),
    Column("user_id", ForeignKey("users.id", ondelete="CASCADE"), primary_key=True),
    _required("role", Text(), text("'member'")),
    _since(),
)
projects = Table(
    "projects",
    metadata,
    _id(),
    Column("team_id", ForeignKey("teams.id", ondelete="CASCADE"), nullable=False),
    _required("name", Text()),
    Column("issue_alert_frequency", Text()),
    _since(),
)
apps = Table(
    "apps",
    metadata,
    _id(),
    Column("project_id", ForeignKey("projects.id", ondelete="CASCADE"), nullable=False),
    _required("name", Text()),
    _since(),
)
issues = Table(
    "issues",
    metadata,
    _id(),
    Column("project_id", ForeignKey("projects.id", ondelete="CASCADE"), nullable=False),
    Column("app_id", ForeignKey("apps.id", ondelete="CASCADE"), nullable=False),
    _required("status", Text(), text("'new'")),
    _required("title", Text()),
    _required("occurrence_count", Integer(), text("0")),
    _required("unique_user_count", Integer(), text("0")),
    _required("is_dev", Boolean(), text("false")),
    _since("first_seen_at"),
    _since("last_seen_at"),
    _moment("last_notified_at"),
)
#: What belongs to the host product: read here, created only where it is missing.
HOST_TABLES = frozenset({"users", "teams", "team_members", "projects", "apps", "issues"})

notification_requests = Table(
    "notification_requests",
    metadata,
    _id(),
    _required("key_source", Text()),
    _required("idempotency_key", Text()),
    _required("body_hash", Text()),
    _required("type", Text()),
    Column("team_id", Uuid()),
    _required("notifications", Integer(), text("0")),
    _required("notification_ids", ARRAY(Uuid()), text("'{}'::uuid[]")),
    _required("deliveries", JSONB(), EMPTY),
    _required("unknown_user_ids", Integer(), text("0")),
    Column("unfinished", JSONB()),
    _since(),
    CheckConstraint("key_source in ('producer', 'sqs', 'lambda')"),
    UniqueConstraint("key_source", "idempotency_key", name="notification_requests_key"),
)
Index("notification_requests_created_at_idx", notification_requests.c.created_at)

notification_request_chunks = Table(
    "notification_request_chunks",
    metadata,
    Column("request_id", ForeignKey("notification_requests.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer(), primary_key=True, autoincrement=False),
    _required("first_user_id", Uuid()),
    Column("end_user_id", Uuid()),
    _required("notifications", Integer(), text("0")),
    _required("deliveries", JSONB(), EMPTY),
    _since("queued_at"),
    _moment("stored_at"),
)
Index(
    "notification_request_chunks_waiting_idx",
    notification_request_chunks.c.queued_at,
    postgresql_where=notification_request_chunks.c.stored_at.is_(None),
)

notifications = Table(
    "notifications",
    metadata,
    _id(),
    _required("user_id", Uuid()),
    Column("team_id", Uuid()),
    _required("type", Text()),
    _required("title", Text()),
    Column("body", Text()),
    Column("link", Text()),
    _required("data", JSONB(), EMPTY),
    _required("in_app", Boolean(), text("true")),
    _moment("read_at"),
    _moment("deleted_at"),
    _since(),
    _required("request_id", Uuid()),
)
_newest_first = (notifications.c.user_id, notifications.c.created_at.desc(), notifications.c.id.desc())
_unread = _live(notifications) & notifications.c.read_at.is_(None)
Index("notifications_inbox_idx", *_newest_first, postgresql_where=_live(notifications))
Index("notifications_unread_idx", *_newest_first, postgresql_where=_unread)
Index(
    "notifications_read_at_idx",
    notifications.c.read_at,
    postgresql_where=notifications.c.deleted_at.is_(None) & notifications.c.read_at.is_not(None),
)
Index("notifications_created_at_idx", notifications.c.created_at, postgresql_using="brin")
Index(
    "notifications_deleted_at_idx", notifications.c.deleted_at, postgresql_where=notifications.c.deleted_at.is_not(None)
)

notification_deliveries = Table(
    "notification_deliveries",
    metadata,
    _id(),
    Column("notification_id", ForeignKey("notifications.id", ondelete="CASCADE"), nullable=False),
    _required("channel", Text()),
    _required("status", Text(), text("'pending'")),
    Column("error", Text()),
    _required("attempt_metadata", JSONB(), EMPTY),
    _required("attempts", Integer(), text("0")),
    _moment("attempted_at"),
    _since(),
    _since("queued_at"),
    _moment("next_attempt_at"),
    Column("lease_id", Uuid()),
    _moment("leased_until"),
    Column("batch_id", Uuid()),
    Column("batch_size", Integer()),
    _moment("batched_at"),
    Column("address", Text()),
    _moment("redriven_at"),
    CheckConstraint("status in ('pending', 'sent', 'failed', 'skipped')"),
    UniqueConstraint("notification_id", "channel", name="notification_deliveries_notification_channel_key"),
)
_pending = notification_deliveries.c.status == "pending"
Index("notification_deliveries_pending_idx", notification_deliveries.c.queued_at, postgresql_where=_pending)
Index(
    "notification_deliveries_batch_idx",
    notification_deliveries.c.batch_id,
    postgresql_where=_pending & notification_deliveries.c.batch_id.is_not(None),
)
Index(
    "notification_deliveries_failed_idx",
    notification_deliveries.c.attempted_at.desc(),
    postgresql_where=notification_deliveries.c.status == "failed",
)

user_devices = Table(
    "user_devices",
    metadata,
    _id(),
    _required("user_id", Uuid()),
    _required("channel", Text(), text("'mobile_push'")),
    _required("platform", Text()),
    Column("token", Text(), nullable=False),
    _required("environment", Text(), text("'production'")),
    Column("app_version", Text()),
    Column("device_model", Text()),
    Column("os_version", Text()),
    _since("last_seen_at"),
    _since(),
    _since("registered_at"),
    UniqueConstraint("token", name="user_devices_token_key"),
)
Index("user_devices_user_id_idx", user_devices.c.user_id, user_devices.c.channel)

email_verification_codes = Table(
    "email_verification_codes",
    metadata,
    _id(),
    _required("email", Text()),
    _required("code_hash", Text()),
    _required("attempts", Integer(), text("0")),
    _required("expires_at", DateTime(timezone=True)),
    _moment("used_at"),
    _since(),
)
email_suppressions = Table(
    "email_suppressions",
    metadata,
    Column("address", Text(), primary_key=True),
    _required("reason", Text()),
    _required("detail", JSONB(), EMPTY),
    _since(),
)
team_invitations = Table(
    "team_invitations",
    metadata,
    _id(),
    _required("team_id", Uuid()),
    _required("email", Text()),
    _required("role", Text(), text("'member'")),
    _required("token_hash", Text()),
    _required("invited_by_user_id", Uuid()),
    _required("expires_at", DateTime(timezone=True)),
    _moment("accepted_at"),
    _since(),
    UniqueConstraint("token_hash", name="team_invitations_token_hash_key"),
    UniqueConstraint("team_id", "email", name="team_invitations_team_email_key"),
)
ended_sessions = Table(
    "ended_sessions",
    metadata,
    Column("id", Text(), primary_key=True),
    _required("expires_at", DateTime(timezone=True)),
)
Index("ended_sessions_expires_at_idx", ended_sessions.c.expires_at)

sign_in_attempts = Table(
    "sign_in_attempts",
    metadata,
    _id(),
    _required("kind", Text()),
    _required("email", Text()),
    Column("source", Text()),
    _since(),
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
