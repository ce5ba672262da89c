"""Which schema the database has, which one the code expects, and when the sweep last ran."""

from datetime import datetime

from sqlalchemy import Connection, text

from owlpost.db import rows
from owlpost.db.migrate import newest_migration
from owlpost.domain.registry_version import registry_version
from owlpost.domain.value import dataclass

FIND_VERSIONS = text("""
    select (select detail from schedule_runs where name = 'migrate') as schema,
           (select ran_at from schedule_runs where name = 'sweep') as last_sweep
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Versions:
    """`schema` is the newest migration that ran, None if that was before this was kept, `code` the newest that the code knows.

    `registry` is the version of the code's types.
    `last_sweep` is when one last ran to its end; one with nothing to do leaves the database asleep and is not in it.
    """

    schema: str | None
    code: str
    registry: str
    last_sweep: datetime | None


@dataclass(frozen=True, slots=True)
class _Found:
    schema: str | None
    last_sweep: datetime | None


def find(connection: Connection) -> Versions:
    """Return the versions of this moment."""
    found = rows.values(_Found, connection.execute(FIND_VERSIONS))[0]
    return Versions(
        schema=found.schema, code=newest_migration(), registry=registry_version(), last_sweep=found.last_sweep
    )
