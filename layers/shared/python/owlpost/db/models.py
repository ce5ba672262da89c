"""The schema as SQLAlchemy tables: what the migrations make, column by column (a test compares the two).

Tables rather than mapped classes: queries here are set-based, and no function pays for importing the ORM.
"""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.sql.elements import ColumnElement

from owlpost.db import host_models, people_models
from owlpost.db.columns import EMPTY, metadata, moment, new_id, required, since

__all__ = ["host_models", "metadata", "people_models"]


def _live(table: Table) -> ColumnElement[bool]:
    return table.c.in_app & table.c.deleted_at.is_(None)


notification_requests = Table(
    "notification_requests",
    metadata,
    new_id(),
    required("key_source", Text()),
    required("idempotency_key", Text()),
    required("body_hash", Text()),
    required("type", Text()),
    Column("team_id", Uuid()),
    required("notifications", Integer(), text("0")),
    required("notification_ids", ARRAY(Uuid()), text("'{}'::uuid[]")),
    required("deliveries", JSONB(), EMPTY),
    required("unknown_user_ids", Integer(), text("0")),
    Column("unfinished", JSONB()),
    since(),
    Column("correlation_id", Text()),
    CheckConstraint("key_source in ('producer', 'sqs', 'lambda')"),
    UniqueConstraint("key_source", "idempotency_key", name="notification_requests_key"),
)
Index("notification_requests_created_at_idx", notification_requests.c.created_at)

notification_request_chunks = Table(
    "notification_request_chunks",
    metadata,
    Column("request_id", ForeignKey("notification_requests.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer(), primary_key=True, autoincrement=False),
    required("first_user_id", Uuid()),
    Column("end_user_id", Uuid()),
    required("notifications", Integer(), text("0")),
    required("deliveries", JSONB(), EMPTY),
    since("queued_at"),
    moment("stored_at"),
)
Index(
    "notification_request_chunks_waiting_idx",
    notification_request_chunks.c.queued_at,
    postgresql_where=notification_request_chunks.c.stored_at.is_(None),
)

notifications = Table(
    "notifications",
    metadata,
    new_id(),
    required("user_id", Uuid()),
    Column("team_id", Uuid()),
    required("type", Text()),
    required("title", Text()),
    Column("body", Text()),
    Column("link", Text()),
    required("data", JSONB(), EMPTY),
    required("in_app", Boolean(), text("true")),
    moment("read_at"),
    moment("deleted_at"),
    since(),
    required("request_id", Uuid()),
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
    new_id(),
    Column("notification_id", ForeignKey("notifications.id", ondelete="CASCADE"), nullable=False),
    required("channel", Text()),
    required("status", Text(), text("'pending'")),
    Column("error", Text()),
    required("attempt_metadata", JSONB(), EMPTY),
    required("attempts", Integer(), text("0")),
    moment("attempted_at"),
    since(),
    since("queued_at"),
    moment("next_attempt_at"),
    Column("lease_id", Uuid()),
    moment("leased_until"),
    Column("batch_id", Uuid()),
    Column("batch_size", Integer()),
    moment("batched_at"),
    Column("address", Text()),
    moment("redriven_at"),
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
    new_id(),
    required("user_id", Uuid()),
    required("channel", Text(), text("'mobile_push'")),
    required("platform", Text()),
    Column("token", Text(), nullable=False),
    required("environment", Text(), text("'production'")),
    Column("app_version", Text()),
    Column("device_model", Text()),
    Column("os_version", Text()),
    since("last_seen_at"),
    since(),
    since("registered_at"),
    CheckConstraint("platform in ('ios', 'android')"),
    CheckConstraint("environment in ('production', 'sandbox')"),
    UniqueConstraint("token", name="user_devices_token_key"),
)
Index("user_devices_user_id_idx", user_devices.c.user_id, user_devices.c.channel)
