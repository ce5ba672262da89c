"""The tables of the host product, as far as Owlpost reads them; created only where they are missing."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, Table, Text, func, text
from sqlalchemy.dialects.postgresql import JSONB

from owlpost.db.columns import EMPTY, metadata, moment, new_id, required, since

users = Table(
    "users",
    metadata,
    new_id(),
    required("email", Text()),
    required("name", Text()),
    required("preferences", JSONB(), EMPTY),
    since(),
    since("updated_at"),
)
teams = Table(
    "teams", metadata, new_id(), required("name", Text()), Column("slug", Text(), nullable=False, unique=True), since()
)
team_members = Table(
    "team_members",
    metadata,
    Column("team_id", ForeignKey("teams.id", ondelete="CASCADE"), primary_key=True),
    Column("user_id", ForeignKey("users.id", ondelete="CASCADE"), primary_key=True),
    required("role", Text(), text("'member'")),
    since(),
)
projects = Table(
    "projects",
    metadata,
    new_id(),
    Column("team_id", ForeignKey("teams.id", ondelete="CASCADE"), nullable=False),
    required("name", Text()),
    Column("issue_alert_frequency", Text()),
    since(),
)
apps = Table(
    "apps",
    metadata,
    new_id(),
    Column("project_id", ForeignKey("projects.id", ondelete="CASCADE"), nullable=False),
    required("name", Text()),
    since(),
)
issues = Table(
    "issues",
    metadata,
    new_id(),
    Column("project_id", ForeignKey("projects.id", ondelete="CASCADE"), nullable=False),
    Column("app_id", ForeignKey("apps.id", ondelete="CASCADE"), nullable=False),
    required("status", Text(), text("'new'")),
    required("title", Text()),
    required("occurrence_count", Integer(), text("0")),
    required("unique_user_count", Integer(), text("0")),
    required("is_dev", Boolean(), text("false")),
    since("first_seen_at"),
    since("last_seen_at"),
    moment("last_notified_at"),
)

Index("users_email_lower_key", func.lower(users.c.email), unique=True)
Index("team_members_user_id_idx", team_members.c.user_id)
Index("projects_team_id_idx", projects.c.team_id)
Index("apps_project_id_idx", apps.c.project_id)
Index("issues_project_id_idx", issues.c.project_id, issues.c.status)

#: What belongs to the host product: no foreign key of ours leads there.
HOST_TABLES = frozenset({"users", "teams", "team_members", "projects", "apps", "issues"})
