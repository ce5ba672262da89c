"""The roles that functions connect as, one for each zone of trust: they read and write rows, and change no table.

Migrations run as the owner, which makes the roles. A role that is there already belongs to somebody else: it is given its
grants on our tables and is otherwise left alone.
"""

from collections.abc import Collection, Mapping

from pg8000.native import identifier, literal
from sqlalchemy import Connection

from owlpost.db.grants import GRANTS
from owlpost.db.session import Database
from owlpost.domain.errors import Misconfigured

#: On RDS, members of this role sign in by IAM.
RDS_IAM = "rds_iam"
#: The comment on a role that a migration made.
OURS = "made by Owlpost"


def ensure_roles(database: Database, zones: Mapping[str, Collection[str]], *, iam: bool = False) -> None:
    """Make the roles that are missing, and give each what its zones need. Harmless when repeated.

    `zones` are those of each role; `iam` says that roles sign in by IAM. Raises Misconfigured for a zone that does not exist,
    and where the owner would make roles that sign in by IAM without doing so itself: since Postgres 16, who makes a role is a
    member of it, so RDS might refuse the owner's password from then on.
    """
    with database.transaction() as connection:
        if iam and zones and not _signs_in_by_iam(connection):
            raise Misconfigured(
                f"DATABASE_AUTH: grant {RDS_IAM} to the owner first, so that it signs in by IAM as well"
            )
        for role, names in zones.items():
            _ensure(connection, role, iam=iam)
            _grant(connection, role, names)


def _ensure(connection: Connection, role: str, *, iam: bool) -> None:
    if not _exists(connection, role):
        connection.exec_driver_sql(f"create role {identifier(role)} login")
        connection.exec_driver_sql(f"comment on role {identifier(role)} is {literal(OURS)}")
    if iam and _is_ours(connection, role):
        connection.exec_driver_sql(f"grant {RDS_IAM} to {identifier(role)}")


def _grant(connection: Connection, role: str, zones: Collection[str]) -> None:
    """Bring the role's privileges on our tables to exactly those of its zones."""
    if unknown := [zone for zone in zones if zone not in GRANTS]:
        raise Misconfigured(f"DATABASE_ROLES: {role}: no zone {', '.join(unknown)}; there are {', '.join(GRANTS)}")
    connection.exec_driver_sql(f"grant usage on schema public to {identifier(role)}")
    for table in sorted({table for grants in GRANTS.values() for table in grants}):
        if _is_ours(connection, role):
            connection.exec_driver_sql(f"revoke all on {identifier(table)} from {identifier(role)}")
        for zone in zones:
            if privileges := GRANTS[zone].get(table):
                connection.exec_driver_sql(f"grant {privileges} on {identifier(table)} to {identifier(role)}")


def _signs_in_by_iam(connection: Connection) -> bool:
    if not _exists(connection, RDS_IAM):
        return False
    member = connection.exec_driver_sql(f"select pg_has_role(current_user, {literal(RDS_IAM)}, 'member')")
    return bool(member.scalar())


def _exists(connection: Connection, role: str) -> bool:
    found = connection.exec_driver_sql(f"select exists (select from pg_roles where rolname = {literal(role)})")
    return bool(found.scalar())


def _is_ours(connection: Connection, role: str) -> bool:
    comment = connection.exec_driver_sql(
        f"select shobj_description(oid, 'pg_authid') from pg_roles where rolname = {literal(role)}"
    )
    return bool(comment.scalar() == OURS)
