"""Migrations, as the database's owner."""

from owlpost.db import migrate as migration
from owlpost.db.roles import ensure_roles
from owlpost.wiring.base import database
from owlpost.wiring.settings import settings

#: A migration may rebuild what takes minutes; everything else answers in seconds.
MIGRATION_SECONDS = 540


def migrate() -> list[str]:
    """The names of the migrations that ran."""
    owner = database(statement_timeout=MIGRATION_SECONDS)
    applied = migration.migrate(owner)
    wanted = settings().database
    ensure_roles(owner, wanted.roles, iam=wanted.auth == "iam")
    return applied
