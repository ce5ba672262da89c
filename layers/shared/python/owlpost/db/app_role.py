"""The role that the functions connect as: it reads and writes rows and changes no table. Migrations run as the owner."""

from pg8000.native import identifier, literal
from sqlalchemy import Connection

from owlpost.db.session import Database

#: RDS lets members of this role in by IAM; elsewhere there is none.
RDS_IAM = "rds_iam"
#: A frozen sandbox keeps its connection, and a connection keeps a serverless database awake.
IDLE_SESSION_TIMEOUT = "4min"


def ensure_app_role(database: Database, role: str) -> None:
    """Make the role if it is missing and give it what it needs on all tables that are there. Harmless when repeated."""
    with database.transaction() as connection:
        if not _exists(connection, role):
            connection.exec_driver_sql(f"create role {identifier(role)} login")
        if _exists(connection, RDS_IAM):
            connection.exec_driver_sql(f"grant {RDS_IAM} to {identifier(role)}")
        for statement in (
            "grant usage on schema public to {}",
            "grant select, insert, update, delete on all tables in schema public to {}",
            "revoke all on owlpost_migrations from {}",
            "grant usage on all sequences in schema public to {}",
            f"alter role {{}} set idle_session_timeout = {literal(IDLE_SESSION_TIMEOUT)}",
        ):
            connection.exec_driver_sql(statement.format(identifier(role)))


def _exists(connection: Connection, role: str) -> bool:
    return bool(
        connection.exec_driver_sql(f"select exists (select from pg_roles where rolname = {literal(role)})").scalar()
    )
